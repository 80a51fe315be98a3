#!/bin/bash
# Runs the integration tests with the binaries in bin/ and checks that nothing is left of them on the machine.
#   HAKO_TEST_FILTER=REGEX   only these tests        HAKO_TEST_SKIP=REGEX   not these
#   HAKO_TEST_SLOW=N         a machine N times slower than usual
set -euo pipefail
cd "$(dirname "$0")/.."
[ "$(id -u)" = 0 ] || { echo "integration: containers of root's are tested too: run it as root" >&2; exit 1; }

bundle=$PWD/.build/debug/hakoPackageTests.xctest
export HAKO_BIN=${HAKO_BIN:-$PWD/bin} HAKO_ROOTFS=${HAKO_ROOTFS:-$PWD/.build-rootfs} HAKO_SCRIPTS=$PWD/scripts
for needed in "$HAKO_BIN/hako" "$HAKO_BIN/hako-runtime" "$HAKO_BIN/hako-edge" "$bundle" "$HAKO_ROOTFS/busybox.tar"; do
  [ -e "$needed" ] || { echo "integration: $needed is missing: run make test" >&2; exit 1; }
done

before=$(mktemp)
work=$(mktemp -d /tmp/hako-test.XXXXXX)
chmod 755 "$work"
trap 'rm -f "$before"; rm -rf --one-file-system "$work"' EXIT
export HAKO_TEST_DIR=$work
# Networks are tested in namespaces of their own, and asked for there: nothing touches the machine's.
export HAKO_NETWORK=none
scripts/leftovers.sh snapshot "$before"

filter=IntegrationTests.${HAKO_TEST_FILTER:+.*(${HAKO_TEST_FILTER})}
status=0
"$bundle" --testing-library swift-testing --filter "$filter" \
  ${HAKO_TEST_SKIP:+--skip "IntegrationTests.*(${HAKO_TEST_SKIP})"} || status=$?

rm -rf --one-file-system "$work"
if [ -d /sys/fs/cgroup/hako-test-delegated ]; then # made for the plain user's tests; a group left in it stays, and shows
  find /sys/fs/cgroup/hako-test-delegated -depth -type d \( -name session -o -name hako -o -name hako-test-delegated \) \
    -exec rmdir {} \; || true
fi
# The group above all containers' stays on a machine; empty, it goes with the tests.
find /sys/fs/cgroup -maxdepth 2 -type d -name hako -exec rmdir {} \; 2>/dev/null || true
scripts/leftovers.sh compare "$before" || status=1
[ "$status" = 0 ] && echo "integration: passed, and nothing is left behind"
exit "$status"
