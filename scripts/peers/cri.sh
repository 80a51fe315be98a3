#!/bin/bash
# Kubernetes' runtime interface: containerd's CRI plugin with the runtime as the handler `hako`, driven over its socket.
. "$(dirname "$0")/common.sh"
PATH=$PEERS/usr/bin:$PEERS/usr/sbin:$PATH

# What the pods' networks do happens in a network namespace of the test's own.
if [ "${HAKO_PEER-}" != inside ]; then HAKO_PEER=inside exec unshare --net --mount --propagation private "$0"; fi
ip link set lo up

mkdir -p "$WORK/net.d"
cat >"$WORK/net.d/10-test.conflist" <<C
{ "cniVersion": "0.4.0", "name": "test", "plugins": [
  { "type": "ptp", "ipMasq": false,
    "ipam": { "type": "host-local", "dataDir": "$WORK/leases", "ranges": [[{ "subnet": "10.99.0.0/24" }]] } } ] }
C
cat >"$WORK/config.toml" <<C
version = 2
root = "$WORK/root"
state = "$WORK/state"
disabled_plugins = ["io.containerd.internal.v1.opt"]
[grpc]
  address = "$WORK/c.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "docker.io/library/pause:test"
  disable_apparmor = true
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
[plugins."io.containerd.grpc.v1.cri".cni]
  bin_dir = "$PEERS/usr/lib/cni"
  conf_dir = "$WORK/net.d"
[plugins."io.containerd.grpc.v1.cri".containerd]
  snapshotter = "overlayfs"
  default_runtime_name = "hako"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.hako]
  runtime_type = "io.containerd.runc.v2"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.hako.options]
    BinaryName = "$RUNTIME"
    SystemdCgroup = false
C
containerd -c "$WORK/config.toml" >"$WORK/log" 2>&1 &
daemon=$!
trap 'kill $daemon; wait $daemon 2>/dev/null' EXIT
ctr() { command ctr -a "$WORK/c.sock" -n k8s.io "$@"; }
wait_for test -S "$WORK/c.sock"
wait_for ctr version
# The container that holds a pod's namespaces does nothing: busybox is as good at it as the usual `pause`.
image_archive "$WORK/pause.tar" docker.io/library/pause:test '["sleep","1000000"]'
image_archive "$WORK/image.tar" docker.io/library/box:test '["sh"]'
for name in pause image; do ctr images import "$WORK/$name.tar" >/dev/null || { tail -5 "$WORK/log"; exit 1; }; done

PYTHONPATH=$PEERS/python PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 "$(dirname "$0")/cri.py" "$WORK" || failures=1
expect "nothing is left" "" "$(ctr container ls -q)"
[ "$failures" = 0 ] || grep -E 'level=(error|warning)' "$WORK/log" | tail -20
finish
