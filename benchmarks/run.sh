#!/bin/bash
# Compares container starts with crun, runc, podman and the floor; writes BENCHMARKS.md and docs/bench.svg.
#   benchmarks/run.sh [ROUNDS]      (60 when not given)
set -euo pipefail
cd "$(dirname "$0")/.."
[ "$(id -u)" = 0 ] || { echo "bench: containers of root's are compared: run it as root" >&2; exit 1; }

mkdir -p .build-bench
for program in floor measure; do
  [ ".build-bench/$program" -nt "benchmarks/$program.c" ] ||
    gcc -O2 -static -Wall -Wextra -Werror "benchmarks/$program.c" -o ".build-bench/$program"
done

# A mount namespace of the run's own: whatever a peer leaves mounted goes with it.
if [ "${HAKO_BENCH-}" != inside ]; then
  HAKO_BENCH=inside exec unshare --mount --propagation private -- "$0" "$@"
fi

work=$(mktemp -d /tmp/hako-bench.XXXXXX)
# As /run is: where the runtimes' states are by default. ext4 looks for an inode that was not freed of late at each new file.
mkdir "$work/states"
mount -t tmpfs -o mode=700 hako-bench "$work/states"
# crun refuses a hybrid of cgroup v1 and v2: the peers run where the version 2 tree is not mounted.
unshare --mount --propagation private -- sh -c 'umount /sys/fs/cgroup/unified 2>/dev/null; : >"$0/ready"; exec sleep infinity' "$work" &
holder=$!
cleanup() {
  kill "$holder" 2>/dev/null || true
  awk -v work="$work/" 'index($5, work) == 1 { print $5 }' /proc/self/mountinfo | sort -r | while read -r at; do umount "$at"; done
  # podman leaves the parent group that it was given.
  find /sys/fs/cgroup -depth -type d -path '*/hako-bench*' -exec rmdir {} \; 2>/dev/null || true
  rm -rf --one-file-system "$work"
}
trap cleanup EXIT
until [ -e "$work/ready" ]; do sleep 0.05; done
python3 benchmarks/compare.py --work "$work" --peers "/proc/$holder/ns/mnt" --rounds "${1:-60}"
