#!/bin/bash
# Docker's engine with the runtime.
. "$(dirname "$0")/common.sh"
PATH=$PEERS/usr/bin:$PEERS/usr/sbin:$PEERS/usr/libexec/docker:$PATH

dockerd --data-root "$WORK/data" --exec-root "$WORK/exec" -H "unix://$WORK/d.sock" -p "$WORK/d.pid" \
  --add-runtime "hako=$RUNTIME" --default-runtime hako --bridge none --iptables=false --ip6tables=false --ip-forward=false \
  --ip-masq=false --cgroup-parent /hako-peer >"$WORK/log" 2>&1 &
daemon=$!
trap 'kill $daemon; wait $daemon 2>/dev/null' EXIT
docker() { "$PEERS/usr/bin/docker" -H "unix://$WORK/d.sock" "$@" 2> >(grep -v 'IPv4 forwarding' >&2); }
wait_for docker info
docker import "$ROOTFS.tar" image >/dev/null || { tail -5 "$WORK/log"; exit 1; }

expect "run" "hi=0" "$(both docker run --rm image echo hi)"
expect "exit status" "=4" "$(both docker run --rm image sh -c 'exit 4')"
expect "not found" "*executable file not found*=127" "$(both docker run --rm image nosuch)"
expect "not executable" "*permission denied*=126" "$(both docker run --rm image /etc/passwd)"
expect "host name, limits, shm, capabilities" "hh|100|8192|0000000000000000=0" \
  "$(both docker run --rm --cap-drop all --read-only --tmpfs /tmp --ulimit nofile=100:200 --shm-size 8m --hostname hh image \
    sh -c "hostname; ulimit -n; df -k /dev/shm | awk 'END {print \$2}'; sed -n 's/CapEff:.//p' /proc/self/status")"
expect "init" "docker-init=0" "$(both docker run --rm --init image cat /proc/1/comm)"
expect "volume" "x=0" "$(echo x >"$WORK/file"; both docker run --rm -v "$WORK:/data:ro" image cat /data/file)"
expect "its own memory group" "67108864=0" "$(both docker run --rm --memory 64m image sh -c 'cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max 2>/dev/null; true')"
expect "privileged" "0=0" "$(both docker run --rm --privileged image sh -c 'mount -t tmpfs x /tmp; echo $?')"
expect "detached" "*=0" "$(both docker run -d --name box --memory 64m image sleep 100)"
expect "exec" "1000|/tmp|y=0" "$(both docker exec -u 1000 -w /tmp -e X=y box sh -c 'id -u; pwd; echo $X')"
expect "exec's exit status" "=3" "$(both docker exec box sh -c 'exit 3')"
expect "pause" "paused" "$(docker pause box >/dev/null; docker inspect -f '{{.State.Status}}' box)"
expect "unpause" "running" "$(docker unpause box >/dev/null; docker inspect -f '{{.State.Status}}' box)"
expect "update" "33554432=0" \
  "$(docker update --memory 32m --memory-swap 32m box >/dev/null; both docker exec box sh -c 'cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max 2>/dev/null; true')"
expect "top" "*sleep 100*" "$(docker top box)"
expect "kill" "137" "$(docker kill box >/dev/null; docker wait box)"
expect "restart" "running" "$(docker restart -t 1 box >/dev/null; docker inspect -f '{{.State.Status}}' box)"
expect "remove" "box=0" "$(both docker rm -f box)"
expect "restarted when it fails" "[1-9]*" \
  "$(docker run -d --name again --restart always image sh -c 'sleep 0.2; exit 1' >/dev/null; sleep 2; docker inspect -f '{{.RestartCount}}' again)"
docker rm -f again >/dev/null
hako() { "$(dirname "$RUNTIME")/hako" --root "$WORK/hako" --state "$WORK/hako-state" "$@"; }
expect "it reads what hako saves" "Loaded image: ours:1=0" \
  "$(hako import "$ROOTFS.tar" ours:1 >/dev/null && hako save -o "$WORK/ours.tar" ours:1 && both docker load -q -i "$WORK/ours.tar")"
expect "hako reads what it saves" "Loaded image: image:latest=0" \
  "$(docker save -o "$WORK/theirs.tar" image && both hako load -i "$WORK/theirs.tar")"
docker rmi -f ours:1 >/dev/null
expect "nothing is left" "" "$(docker ps -aq)"
finish
