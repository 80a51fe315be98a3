# Sourced by the benchmarks that run peers' engines: $work, a folder that goes at the end with the mounts and control groups of the run.
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
