#!/bin/bash
# Podman writes a container of the runtime's to disk and brings it back; where CRIU can.
. "$(dirname "$0")/common.sh"

podman() {
  command podman --root "$WORK/root" --runroot "$WORK/run" --tmpdir "$WORK/tmp" --cgroup-manager cgroupfs --storage-driver overlay \
    --events-backend none --log-level error --runtime "$RUNTIME" "$@"
}
count() { podman exec box cat /tmp/count; }

expect "run" "*=0" "$(both podman run -d --name box --network none --cgroup-parent /hako-peer --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 \
  --rootfs "$ROOTFS:O" sh -c 'i=0; while :; do i=$((i+1)); echo $i > /tmp/count; sleep 0.2; done')"
wait_for podman exec box test -s /tmp/count
before=$(count)
expect "checkpoint" "box=0" "$(both podman container checkpoint box)"
expect "it has ended" "exited" "$(podman inspect -f '{{.State.Status}}' box)"
expect "restore" "box=0" "$(both podman container restore box)"
expect "it runs" "running" "$(podman inspect -f '{{.State.Status}}' box)"
after=$(count)
expect "it goes on where it was" "yes" "$([ "$after" -gt "$before" ] && echo yes)"
expect "rm" "box=0" "$(both podman rm -f -t 0 box)"
finish
