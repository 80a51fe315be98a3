#!/bin/bash
# Compares the engine's commands with podman and docker; writes docs/bench-engine.md.
#   benchmarks/engine.sh [ROUNDS [ALIVE]]      (20 rounds and 1,000 containers when not given; a tenth of them for the others)
set -euo pipefail
cd "$(dirname "$0")/.."
[ "$(id -u)" = 0 ] || { echo "bench: containers of root's are compared: run it as root" >&2; exit 1; }
# A mount namespace of the run's own: whatever a peer leaves mounted goes with it. crun and docker refuse a hybrid of cgroup
# v1 and v2: nobody sees the version 2 tree.
if [ "${HAKO_BENCH-}" != inside ]; then
  HAKO_BENCH=inside exec unshare --mount --propagation private -- "$0" "$@"
fi
umount /sys/fs/cgroup/unified 2>/dev/null || true
work=$(mktemp -d /tmp/hako-bench.XXXXXX)
groups() {
  find /sys/fs/cgroup -depth -type d \( -path '*/hako-bench*' -o -path '*/libpod_parent*' -o -path '*/docker*' -o -path '*/hako' \) 2>/dev/null | sort -r
}
groups >"$work/groups"
cleanup() {
  awk -v work="$work/" 'index($5, work) == 1 { print $5 }' /proc/self/mountinfo | sort -r | while read -r at; do umount -l "$at"; done
  # Those that were there before are the machine's.
  groups | { grep -vxFf "$work/groups" || true; } | while read -r group; do rmdir "$group" 2>/dev/null || true; done
  rm -rf --one-file-system "$work"
}
trap cleanup EXIT
python3 benchmarks/engine.py --work "$work" --rounds "${1:-20}" --alive "${2:-1000}"
