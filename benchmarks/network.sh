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
work=$(mktemp -d /tmp/hako-bench.XXXXXX)
groups() {
  find /sys/fs/cgroup -depth -type d \( -path '*/hako-bench*' -o -path '*/libpod_parent*' -o -path '*/docker*' -o -path '*/hako' \) 2>/dev/null | sort -r
}
groups >"$work/groups"
cleanup() {
  awk -v work="$work/" 'index($5, work) == 1 { print $5 }' /proc/self/mountinfo | sort -r | while read -r at; do umount -l "$at"; done
  groups | { grep -vxFf "$work/groups" || true; } | while read -r group; do rmdir "$group" 2>/dev/null || true; done
  rm -rf --one-file-system "$work"
}
trap cleanup EXIT
python3 benchmarks/network.py --work "$work" --rounds "${1:-20}" --alive "${2:-500}"
