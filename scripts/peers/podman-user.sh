#!/bin/bash
# A plain user's Podman with the runtime: it calls it as root of a user namespace, without rights over the host.
as_user=$(realpath "$(dirname "$0")/../as-user.sh")
. "$(dirname "$0")/common.sh"
# A short name for it: what conmon calls at a container's end refuses a runroot of more than 50 characters, and Podman waits 20 s then.
home=/run/hako-peer
chmod 755 "$WORK"
mkdir -p "$WORK/home/.config/containers" "$home"
mount --bind "$WORK/home" "$home"
printf '[storage]\ndriver = "overlay"\n' >"$home/.config/containers/storage.conf"
cat >"$home/.config/containers/containers.conf" <<C
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
helper_binaries_dir = ["$PEERS/usr/libexec/podman"]
C
chown -R 64321:64321 "$home"

# conmon gets what ends a container in its environment: the user's, and nothing of this test's.
podman() {
  env -i PATH=/usr/bin:/bin:/usr/sbin:/sbin TERM=xterm "$as_user" "$home" podman --log-level error --runtime "$RUNTIME" "$@"
}
# What runs as the user or as one of his subordinate ids, but for what ran before; ended ones that nobody has waited for yet aside.
running() { ps -eo uid=,stat=,pid=,args= | awk '($1 == 64321 || $1 >= 1000000 && $1 < 1065536) && $2 !~ /^Z/ { print $3, $4 }' | sort; }
before=$(running)
processes() { running | comm -13 <(echo "$before") -; }
pause=$home/.run/libpod/tmp/pause.pid
mounts() { awk '{ print $5 }' "/proc/$(cat "$pause")/mountinfo" | grep -E 'merged|userdata|secrets'; }
end() { [ ! -s "$pause" ] || kill "$(cat "$pause")"; }
trap 'podman rm -af -t 0 >/dev/null 2>&1; end' EXIT
run=(--network none)

cp "$ROOTFS.tar" "$home/box.tar" && chmod 644 "$home/box.tar"
podman import --change CMD=sh "$home/box.tar" box >/dev/null 2>&1
expect "the storage is layered" "overlay" "$(podman info -f '{{.Store.GraphDriverName}}')"
SECONDS=0
expect "run" "hi=0" "$(both podman run --rm "${run[@]}" box echo hi)"
expect "its end is recorded at once" "yes" "$([ "$SECONDS" -lt 10 ] && echo yes)"
expect "exit status" "=7" "$(both podman run --rm "${run[@]}" box sh -c 'exit 7')"
expect "not found" "*not found*=127" "$(both podman run --rm "${run[@]}" box nosuch)"
expect "not executable" "*ermission denied*=126" "$(both podman run --rm "${run[@]}" box /etc/passwd)"
expect "the user is root inside" "0|*0*64321*1|*1*1000000*65536=0" "$(both podman run --rm "${run[@]}" box sh -c 'id -u; cat /proc/self/uid_map')"
expect "or himself" "64321=0" "$(both podman run --rm --userns keep-id "${run[@]}" box id -u)"
expect "user and groups" "uid=1000(tester)*29(audio)*=0" "$(both podman run --rm --user tester "${run[@]}" box id)"
expect "read-only, no capabilities" "0000000000000000|*ead-only*=0" \
  "$(both podman run --rm --read-only --cap-drop all "${run[@]}" box sh -c "sed -n 's/CapEff:.//p' /proc/self/status; touch /x 2>&1 || true")"
install -d -o 64321 -g 64321 "$WORK/data"
expect "volume" "=0" "$(both podman run --rm -v "$WORK/data:/data" "${run[@]}" box touch /data/made)"
expect "what it makes is the user's" "64321" "$(stat -c %u "$WORK/data/made")"
expect "control groups are not written" "*" "$(both podman run --rm --cgroupns host "${run[@]}" box sh -c 'mkdir /sys/fs/cgroup/*/hako-peer-in')"
expect "none was made" "" "$(find /sys/fs/cgroup -name hako-peer-in)"
expect "terminal" "*/dev/pts/0*" \
  "$(script -qec "$(declare -f podman); as_user=$as_user home=$home RUNTIME=$RUNTIME; podman run --rm -it ${run[*]} box tty" /dev/null < <(exec sleep 3))"

expect "detached" "*=0" "$(both podman run -d --name one "${run[@]}" box sh -c 'echo out; echo err >&2; trap "exit 3" TERM; while :; do sleep 0.1; done')"
wait_for podman exec one true
expect "its processes and mounts show" "*sh*/merged*" "$(processes; mounts)"
expect "exec" "0|/tmp|y=0" "$(both podman exec -w /tmp -e X=y one sh -c 'id -u; pwd; echo $X')"
expect "exec's exit status" "=9" "$(both podman exec one sh -c 'exit 9')"
expect "exec as a user" "1000=0" "$(both podman exec -u 1000 one id -u)"
expect "logs" "out|err=0" "$(both podman logs one)"
expect "ps" "one Up*" "$(podman ps --format '{{.Names}} {{.Status}}')"
expect "top" "*sleep 0.1*" "$(podman top one args)"
expect "stop" "exited 3" "$(podman stop -t 5 one >/dev/null 2>&1; podman inspect -f '{{.State.Status}} {{.State.ExitCode}}' one)"
expect "start again" "running" "$(podman start one >/dev/null; podman inspect -f '{{.State.Status}}' one)"
expect "kill and wait" "137" "$(podman kill one >/dev/null; podman wait one)"
expect "rm" "*=0" "$(both podman rm one)"
expect "rm of a running one" "*=0" "$(podman run -d --name two "${run[@]}" box sleep 1000 >/dev/null; both podman rm -f -t 0 two)"

expect "no container is left" "" "$(podman ps -aq)"
expect "no mount of one" "" "$(mounts)"
expect "no state of the runtime's" "" "$(find "$home/.run/hako-runtime" -mindepth 1 -not -path '*/.filters*')"
end
trap - EXIT
no_process() { [ -z "$(processes)" ]; }
wait_for no_process
expect "no process" "" "$(processes)"
finish
