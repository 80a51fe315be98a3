#!/bin/bash
# Podman with the runtime: containers, exec, limits, a pod, errors.
. "$(dirname "$0")/common.sh"

podman() {
  command podman --root "$WORK/root" --runroot "$WORK/run" --tmpdir "$WORK/tmp" --cgroup-manager cgroupfs --storage-driver overlay \
    --events-backend none --log-level error --runtime "$RUNTIME" "$@"
}
run=(--cgroup-parent /hako-peer --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 --network none)
root=(--rootfs "$ROOTFS:O")

expect "run" "hi=0" "$(both podman run --rm "${run[@]}" "${root[@]}" echo hi)"
expect "exit status" "=7" "$(both podman run --rm "${run[@]}" "${root[@]}" sh -c 'exit 7')"
expect "not found" "*not found*=127" "$(both podman run --rm "${run[@]}" "${root[@]}" nosuch)"
expect "not executable" "*ermission denied*=126" "$(both podman run --rm "${run[@]}" "${root[@]}" /etc/passwd)"
expect "user and groups" "uid=1000(tester)*29(audio)*=0" "$(both podman run --rm --user tester "${run[@]}" "${root[@]}" id)"
expect "tmpfs, read-only, capabilities" "0000000000000000*=0" \
  "$(both podman run --rm --tmpfs /tmp --read-only --cap-drop all "${run[@]}" "${root[@]}" sh -c "touch /tmp/x; sed -n 's/CapEff:.//p' /proc/self/status")"
expect "volume" "x=0" "$(echo x >"$WORK/file"; both podman run --rm -v "$WORK:/data:ro" "${run[@]}" "${root[@]}" cat /data/file)"
# Stdin stays open: at its end `script` closes the terminal, whatever was still to come.
expect "terminal" "*/dev/pts/0*" "$(script -qec "$(declare -f podman); WORK=$WORK RUNTIME=$RUNTIME; podman run --rm -it ${run[*]} ${root[*]} tty" /dev/null < <(exec sleep 3))"
expect "detached" "*=0" "$(both podman run -d --name box "${run[@]}" "${root[@]}" sleep 100)"
expect "exec" "1=0" "$(both podman exec box sh -c 'cat /proc/1/comm | grep -c sleep')"
expect "exec's exit status" "=9" "$(both podman exec box sh -c 'exit 9')"
expect "exec as a user, elsewhere" "1000|/tmp|y=0" "$(both podman exec -u 1000 -w /tmp -e X=y box sh -c 'id -u; pwd; echo $X')"
expect "pause" "paused" "$(podman pause box >/dev/null; podman inspect -f '{{.State.Status}}' box)"
expect "unpause" "running" "$(podman unpause box >/dev/null; podman inspect -f '{{.State.Status}}' box)"
expect "top" "*sleep 100*" "$(podman top box)"
expect "kill and wait" "137" "$(podman kill box >/dev/null; podman wait box)"
expect "start again" "running" "$(podman start box >/dev/null; podman inspect -f '{{.State.Status}}' box)"
expect "stop" "exited" "$(podman stop -t 1 box >/dev/null 2>&1; podman inspect -f '{{.State.Status}}' box)"
expect "rm" "*=0" "$(both podman rm box)"
expect "memory limit" "*=137" "$(both podman run --rm --memory 16m "${run[@]}" "${root[@]}" sh -c 'exec tail -c 64m /dev/zero')"
expect "nothing is left" "" "$(podman ps -aq)"
finish
