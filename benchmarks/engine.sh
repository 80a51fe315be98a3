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
. benchmarks/scratch.sh
python3 benchmarks/engine.py --work "$work" --rounds "${1:-20}" --alive "${2:-1000}"
