#!/bin/bash
# containerd with the runtime, through its shim, driven by ctr.
. "$(dirname "$0")/common.sh"
PATH=$PEERS/usr/bin:$PEERS/usr/sbin:$PATH

cat >"$WORK/config.toml" <<C
version = 2
root = "$WORK/root"
state = "$WORK/state"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt"]
[grpc]
  address = "$WORK/c.sock"
[ttrpc]
  address = "$WORK/c.sock.ttrpc"
C
containerd -c "$WORK/config.toml" >"$WORK/log" 2>&1 &
daemon=$!
trap 'kill $daemon; wait $daemon 2>/dev/null' EXIT
ctr() { command ctr -a "$WORK/c.sock" -n hako-peer "$@"; }
wait_for test -S "$WORK/c.sock"
wait_for ctr version
run=(--runc-binary "$RUNTIME" --rootfs)

expect "run" "hi=0" "$(both ctr run --rm "${run[@]}" "$ROOTFS" c1 echo hi)"
expect "exit status" "=5" "$(both ctr run --rm "${run[@]}" "$ROOTFS" c2 sh -c 'exit 5')"
expect "not found" "*executable file not found*=1" "$(both ctr run --rm "${run[@]}" "$ROOTFS" c3 nosuch)"
expect "environment, directory, limit" "/tmp|b=0" \
  "$(both ctr run --rm --memory-limit 50000000 --cwd /tmp --env A=b --runc-binary "$RUNTIME" --rootfs "$ROOTFS" c4 sh -c 'pwd; echo $A')"
expect "detached" "=0" "$(both ctr run -d "${run[@]}" "$ROOTFS" box sleep 100)"
expect "tasks" "*box*RUNNING*" "$(ctr task ls)"
expect "exec" "*sleep 100*=0" "$(both ctr task exec --exec-id e1 box ps)"
expect "exec's exit status" "=9" "$(both ctr task exec --exec-id e2 box sh -c 'exit 9')"
expect "exec not found" "*executable file not found*=1" "$(both ctr task exec --exec-id e3 box nosuch)"
expect "processes" "*PID*" "$(ctr task ps box)"
expect "pause" "*box*PAUSED*" "$(ctr task pause box; ctr task ls)"
expect "resume" "*box*RUNNING*" "$(ctr task resume box; ctr task ls)"
expect "metrics" "*memory*" "$(ctr task metrics box)"
expect "kill" "*box*STOPPED*" "$(ctr task kill -s 9 box; sleep 0.5; ctr task ls)"
ctr task rm box >/dev/null 2>&1
expect "remove" "=0" "$(both ctr container rm box)"
expect "nothing is left" "CONTAINER*IMAGE*RUNTIME*" "$(ctr container ls)"
finish
