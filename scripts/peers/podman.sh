#!/bin/bash
# Podman with the runtime: containers, exec, limits, errors, images built, pods, user namespaces.
. "$(dirname "$0")/common.sh"

# Podman's own limits would be above what this machine lets root have; catatonit holds a pod's namespaces.
cat >"$WORK/containers.conf" <<C
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
helper_binaries_dir = ["$PEERS/usr/libexec/podman"]
C
export CONTAINERS_CONF=$WORK/containers.conf

podman() {
  command podman --root "$WORK/root" --runroot "$WORK/run" --tmpdir "$WORK/tmp" --cgroup-manager cgroupfs --storage-driver overlay \
    --events-backend none --log-level error --runtime "$RUNTIME" "$@"
}
run=(--cgroup-parent /hako-peer --network none)
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

podman import --change CMD=sh "$ROOTFS.tar" box >/dev/null 2>&1
build=(--isolation oci --network none --cgroup-parent /hako-peer-build)
mkdir "$WORK/context"
echo hello >"$WORK/context/file"
cat >"$WORK/context/Containerfile" <<'C'
FROM box
ENV A=b
COPY file /etc/file
RUN cat /etc/file && test "$(cat /proc/1/comm)" = sh && echo "$A" >/made && chown 1000:1000 /made
USER 1000
WORKDIR /home/tester
RUN id -u >mine
CMD ["cat", "/made", "mine"]
C
printf 'FROM box\nRUN exit 6\n' >"$WORK/context/bad"
expect "build" "*hello*Successfully tagged*=0" "$(both podman build "${build[@]}" -t built "$WORK/context")"
expect "run what was built" "b|1000=0" "$(both podman run --rm "${run[@]}" built)"
expect "a step that fails" "*exit status 6*=6" "$(both podman build "${build[@]}" -f "$WORK/context/bad" "$WORK/context")"

expect "pod" "*=0" "$(both podman pod create --name pod --network none --hostname podname --cgroup-parent /hako-peer)"
expect "a container in it" "*=0" "$(both podman run -d --pod pod --name one box sleep 1000)"
expect "and another" "*=0" "$(both podman run -d --pod pod --name two --memory 64m box sleep 2000)"
expect "the pod runs" "Running 3" "$(podman pod ps --format '{{.Status}} {{.NumberOfContainers}}')"
shared() { podman exec "$1" sh -c 'hostname; for kind in net ipc uts; do readlink /proc/self/ns/$kind; done'; }
expect "they share namespaces" "podname*net:*ipc:*uts:*" "$(shared one)"
expect "the same ones" "same" "$([ "$(shared one)" = "$(shared two)" ] && echo same)"
expect "but not processes" "*sleep 2000*" "$(podman exec two ps)"
expect "pod top" "*sleep ?000*sleep ?000*" "$(podman pod top pod)"
expect "pod pause" "Paused" "$(podman pod pause pod >/dev/null; podman pod inspect pod | jq -r .State)"
expect "pod unpause" "Running" "$(podman pod unpause pod >/dev/null; podman pod inspect pod | jq -r .State)"
expect "pod stop" "Exited" "$(podman pod stop -t 1 pod >/dev/null 2>&1; podman pod inspect pod | jq -r .State)"
expect "pod rm" "*=0" "$(both podman pod rm pod)"

expect "mapped ids" "*0*1000000*65536=0" \
  "$(both podman run --rm "${run[@]}" --uidmap 0:1000000:65536 --gidmap 0:1000000:65536 box cat /proc/self/uid_map)"
# Ranges to choose from, in this mount namespace alone.
echo containers:2000000:200000 >"$WORK/ranges"
for file in /etc/subuid /etc/subgid; do mount --bind "$WORK/ranges" $file; done
expect "ids chosen by podman" "*0*2000000*5000|uid=1000(tester)*=0" \
  "$(both podman run --rm "${run[@]}" --userns auto:size=5000 --user tester box sh -c 'cat /proc/self/uid_map; id')"
expect "an id-mapped volume" "0:0=0" "$(both podman run --rm "${run[@]}" --userns auto -v "$WORK/context:/v:idmap" box stat -c %u:%g /v/file)"
expect "nothing is left" "" "$(podman ps -aq)$(podman pod ps -q)"
finish
