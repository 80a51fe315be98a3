#!/bin/bash
# Compares networks with those of podman (netavark) and docker; writes docs/bench-network.md.
#   benchmarks/network.sh [ROUNDS [ALIVE]]      (20 rounds and 500 containers when not given; a tenth of them for the others)
set -euo pipefail
cd "$(dirname "$0")/.."
[ "$(id -u)" = 0 ] || { echo "bench: bridges take root: run it as root" >&2; exit 1; }
# Mount and network namespaces of the run's own: the machine's links, tables and settings stay as they are.
if [ "${HAKO_BENCH-}" != inside ]; then
  HAKO_BENCH=inside exec unshare --mount --net --propagation private -- "$0" "$@"
fi
ip link set lo up
# /sys shows the network namespace that it was mounted in.
mount --move /sys/fs/cgroup /mnt && umount -l /sys && mount -t sysfs sysfs /sys && mount --move /mnt /sys/fs/cgroup
umount /sys/fs/cgroup/unified 2>/dev/null || true
. benchmarks/scratch.sh
python3 benchmarks/network.py --work "$work" --rounds "${1:-20}" --alive "${2:-500}"
