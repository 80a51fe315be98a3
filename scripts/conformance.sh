#!/bin/bash
# Runs the conformance suite against OCI runtimes, and checks that nothing is left behind.
#   scripts/conformance.sh [RUNTIME]    one: bin/hako-runtime when none is named
#   scripts/conformance.sh --all        hako-runtime, crun and runc, and writes docs/conformance.md
#   HAKO_CONFORMANCE_FILTER=REGEX   only the requirements with these ids    HAKO_TEST_SLOW=N   a machine N times slower than usual
#   HAKO_CONFORMANCE_RESULTS=FILE   write a line of JSON for each requirement there
set -euo pipefail
cd "$(dirname "$0")/.."
[ "$(id -u)" = 0 ] || { echo "conformance: containers of root's are made: run it as root" >&2; exit 1; }

bundle=$PWD/.build/debug/hakoPackageTests.xctest
own=${HAKO_BIN:-$PWD/bin}/hako-runtime
export HAKO_ROOTFS=${HAKO_ROOTFS:-$PWD/.build-rootfs}
for needed in "$bundle" "$HAKO_ROOTFS/busybox"; do
  [ -e "$needed" ] || { echo "conformance: $needed is missing: run make conformance" >&2; exit 1; }
done

before=$(mktemp)
work=$(mktemp -d /tmp/hako-conformance.XXXXXX)
chmod 755 "$work"
trap 'rm -f "$before"; rm -rf --one-file-system "$work"' EXIT
scripts/leftovers.sh snapshot "$before"

# try RUNTIME: in a mount namespace of the run's own, without the version 2 tree of a hybrid, which crun refuses: all see the same.
try() {
  local status=0
  HAKO_CONFORMANCE_RUNTIME=$1 HAKO_TEST_DIR=$work/run unshare --mount --propagation private -- sh -c \
    'umount /sys/fs/cgroup/unified 2>/dev/null; exec "$0" --testing-library swift-testing --filter ConformanceTests.' "$bundle" || status=$?
  rm -rf --one-file-system "$work/run"
  return "$status"
}

status=0
if [ "${1-}" = --all ]; then
  columns=()
  for runtime in "$own" crun runc; do
    path=$(command -v "$runtime") || { echo "conformance: $runtime is not installed" >&2; exit 1; }
    name=${runtime##*/}
    echo "conformance: trying $name"
    # What the others do not do is what the table is for.
    HAKO_CONFORMANCE_RESULTS=$work/$name.jsonl try "$(realpath "$path")" >"$work/$name.log" 2>&1 ||
      { [ "$name" != hako-runtime ] || { grep -v '^skipped' "$work/$name.log" | tail -40; status=1; }; }
    columns+=("$name=$path=$work/$name.jsonl")
  done
  scripts/conformance-table.py "${columns[@]}" >"$work/table.md"
  cp "$work/table.md" docs/conformance.md
  sed -n '/^| runtime/,/^$/p' docs/conformance.md
else
  runtime=$(command -v "${1:-$own}") || { echo "conformance: there is no runtime ${1:-$own}" >&2; exit 1; }
  try "$(realpath "$runtime")" || status=$?
fi

# The groups above all containers' stay on a machine; empty, they go with the tests.
find /sys/fs/cgroup -maxdepth 2 -type d \( -name hako-conformance -o -name hako \) -exec rmdir {} \; 2>/dev/null || true
scripts/leftovers.sh compare "$before" || status=1
[ "$status" = 0 ] && echo "conformance: passed, and nothing is left behind"
exit "$status"
