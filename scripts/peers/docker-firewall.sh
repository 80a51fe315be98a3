#!/bin/bash
# Runs Docker's engine for the rules that it makes, in network and mount namespaces that the caller has made (as root), and ends with its
# caller.   docker-firewall.sh DIRECTORY
set -euo pipefail
cd "$(dirname "$0")/../.."

[ "$(readlink /proc/self/ns/net)" != "$(readlink /proc/1/ns/net)" ] || { echo "docker: not in a network namespace of its own" >&2; exit 1; }
peer=${HAKO_PEERS:-$PWD/.build-peers}
PATH=$peer/usr/bin:$peer/usr/sbin:$peer/usr/libexec/docker:$PATH
umount /sys/fs/cgroup/unified 2>/dev/null || true # it refuses a hybrid of control groups
exec unshare --pid --fork --kill-child -- dockerd --data-root "$1/data" --exec-root "$1/exec" -H "unix://$1/d.sock" -p "$1/d.pid"
