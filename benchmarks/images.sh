#!/bin/bash
# Compares pull, push and load with podman, docker, ctr, skopeo and the floor; writes docs/bench-images.md.
#   benchmarks/images.sh [ROUNDS]      (5 when not given)
set -euo pipefail
cd "$(dirname "$0")/.."
[ "$(id -u)" = 0 ] || { echo "bench: images of root's are compared: run it as root" >&2; exit 1; }
scripts/images.py large busybox
# A mount namespace of the run's own: whatever a peer leaves mounted goes with it.
if [ "${HAKO_BENCH-}" != inside ]; then
  HAKO_BENCH=inside exec unshare --mount --propagation private -- "$0" "$@"
fi
work=$(mktemp -d /tmp/hako-bench.XXXXXX)
cleanup() {
  awk -v work="$work/" 'index($5, work) == 1 { print $5 }' /proc/self/mountinfo | sort -r | while read -r at; do umount -l "$at"; done
  rm -rf --one-file-system "$work"
}
trap cleanup EXIT
python3 benchmarks/images.py --work "$work" --rounds "${1:-5}"
