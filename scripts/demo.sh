#!/bin/bash
# Runs one container over a copy-on-write view of this machine's own root, and lets it say what it is.
set -euo pipefail
cd "$(dirname "$0")/.."

hako=$PWD/bin/hako
if [ "$(id -u)" != 0 ] && command -v sudo >/dev/null; then hako="sudo $hako"; fi

limits=(--memory 64m --pids-limit 64 --cpus 0.5)
# A plain user's container has limits only where the machine delegates a control group of version 2.
case $hako in sudo*) ;; *) [ "$(id -u)" = 0 ] || [ -e /sys/fs/cgroup/cgroup.controllers ] || limits=() ;; esac

inside='
say() { printf "  %-22s %s\n" "$1" "$2"; }
first() { for f; do [ ! -r "$f" ] || { cat "$f"; return; }; done; echo "(none)"; }
say "process id" "$$, of $(ls -d /proc/[0-9]* | wc -l) processes it can see"
say "host name" "$(cat /proc/sys/kernel/hostname)"
say "network" "$(ls /sys/class/net | tr "\n" " ")"
say "user" "$(id -un), id $(id -u)"
say "user ids, in out many" "$(tr -s " " </proc/self/uid_map | tr "\n" ";")"
say "group ids" "$(tr -s " " </proc/self/gid_map | tr "\n" ";")"
g=/sys/fs/cgroup
say "memory limit, bytes" "$(first $g/memory.max $g/memory/memory.limit_in_bytes)"
say "processes at most" "$(first $g/pids.max $g/pids/pids.max)"
say "capabilities" "$(grep CapEff /proc/self/status | cut -f2)"
say "system call filter" "$(grep ^Seccomp: /proc/self/status | cut -f2) (2: on)"
echo kept >/hako-demo-file && say "its own file" "/hako-demo-file: $(cat /hako-demo-file)"
'
echo "\$ hako run --rm --network none --hostname demo ${limits[*]} host sh"
# shellcheck disable=SC2086
$hako run --rm --network none --hostname demo "${limits[@]}" host sh -c "$inside"

[ ! -e /hako-demo-file ] || { echo "make demo: the container's file reached this machine's root" >&2; exit 1; }
echo "make demo: the container ran, and left this machine as it was"
