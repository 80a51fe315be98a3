#!/bin/bash
# Runs the conformance suite against one OCI runtime, and checks that nothing is left behind.
#   scripts/conformance.sh [RUNTIME]            bin/hako-runtime when none is named
#   HAKO_CONFORMANCE_FILTER=REGEX   only the requirements with these ids    HAKO_TEST_SLOW=N   a machine N times slower than usual
#   HAKO_CONFORMANCE_RESULTS=FILE   write a line of JSON for each requirement there
set -euo pipefail
cd "$(dirname "$0")/.."
[ "$(id -u)" = 0 ] || { echo "conformance: containers of root's are made: run it as root" >&2; exit 1; }

wanted=${1:-${HAKO_BIN:-$PWD/bin}/hako-runtime}
runtime=$(command -v "$wanted") || { echo "conformance: there is no runtime $wanted" >&2; exit 1; }
bundle=$PWD/.build/debug/hakoPackageTests.xctest
export HAKO_CONFORMANCE_RUNTIME=$(realpath "$runtime") HAKO_ROOTFS=${HAKO_ROOTFS:-$PWD/.build-rootfs}
for needed in "$bundle" "$HAKO_ROOTFS/busybox"; do
  [ -e "$needed" ] || { echo "conformance: $needed is missing: run make conformance" >&2; exit 1; }
done

before=$(mktemp)
work=$(mktemp -d /tmp/hako-conformance.XXXXXX)
chmod 755 "$work"
trap 'rm -f "$before"; rm -rf --one-file-system "$work"' EXIT
export HAKO_TEST_DIR=$work
scripts/leftovers.sh snapshot "$before"

# A mount namespace of the run's own, without the version 2 tree of a hybrid: crun refuses one, and all are to see the same.
status=0
unshare --mount --propagation private -- sh -c \
  'umount /sys/fs/cgroup/unified 2>/dev/null; exec "$0" --testing-library swift-testing --filter ConformanceTests.' "$bundle" || status=$?

rm -rf --one-file-system "$work"
find /sys/fs/cgroup -maxdepth 2 -type d \( -name hako-conformance -o -name hako \) -exec rmdir {} \; 2>/dev/null || true
scripts/leftovers.sh compare "$before" || status=1
[ "$status" = 0 ] && echo "conformance: ${runtime##*/} passed, and nothing is left behind"
exit "$status"
