#!/bin/bash
# What Hako could leave on a machine: mounts, control groups, network namespaces, links, tables, forwarding, processes, temporary files.
#   scripts/leftovers.sh snapshot FILE     writes the state down
#   scripts/leftovers.sh compare FILE      prints what is new since, and fails if anything is
set -euo pipefail

look() {
  awk '{ print "mount", $5 }' /proc/self/mountinfo
  find /sys/fs/cgroup -xdev -maxdepth 1 -mindepth 1 -type d 2>/dev/null | while read -r tree; do
    find "$tree" -type d -name '*hako*' -printf 'cgroup %p\n' 2>/dev/null || true
  done
  find /run/netns -mindepth 1 -printf 'netns %p\n' 2>/dev/null || true
  ip -o link show | awk -F': ' '{ sub(/@.*/, "", $2); print "link", $2 }'
  nft list tables 2>/dev/null || true
  sysctl net.ipv4.ip_forward net.ipv6.conf.all.forwarding 2>/dev/null || true
  for exe in /proc/[0-9]*/exe; do
    path=$(readlink "$exe" 2>/dev/null) || continue
    case ${path##*/} in slirp4netns | pasta* | passt* | hako | hako-runtime | "hako "* | "hako-runtime "*) echo "process ${exe//[^0-9]/} $path" ;; esac
  done
  find /tmp /var/tmp /run /dev/shm -maxdepth 1 -name '*hako*' -printf 'file %p\n' 2>/dev/null || true
  find /dev/mqueue -mindepth 1 -printf 'queue %p\n' 2>/dev/null || true
  awk 'NR > 1 { print "shm", $2 }' /proc/sysvipc/shm
}

case $1 in
  snapshot) look | sort >"$2" ;;
  compare)
    # The last processes of a container may take a moment to be reaped.
    for _ in 1 2 3 4 5 6 7 8 9 10; do
      new=$(look | sort | comm -13 "$2" -)
      [ -n "$new" ] || exit 0
      sleep 1
    done
    echo "left behind:" >&2
    echo "$new" >&2
    exit 1
    ;;
  *) echo "usage: scripts/leftovers.sh snapshot|compare FILE" >&2; exit 2 ;;
esac
