#!/bin/bash
# Runs firewalld of .build-peers, with a bus, in network and mount namespaces that the caller has made (as root), and ends with its caller.
# Only /usr, /run and what lies below them are covered, there alone.
set -euo pipefail
cd "$(dirname "$0")/../.."

[ "$(readlink /proc/self/ns/mnt)" != "$(readlink /proc/1/ns/mnt)" ] || { echo "firewalld: not in a mount namespace of its own" >&2; exit 1; }
peer=${HAKO_PEERS:-$PWD/.build-peers}/firewalld
mount -t tmpfs -o mode=755 tmpfs /run
mkdir /run/dbus /run/firewalld
mount -t overlay -o "lowerdir=$peer/usr:/usr" overlay /usr
cat >/run/bus.conf <<'CONF'
<busconfig>
  <type>system</type>
  <listen>unix:path=/run/dbus/system_bus_socket</listen>
  <policy context="default"><allow user="*"/><allow own="*"/><allow send_destination="*"/><allow receive_sender="*"/></policy>
</busconfig>
CONF
exec unshare --pid --fork --kill-child -- sh -c '
  dbus-daemon --config-file=/run/bus.conf --nofork &
  until [ -S /run/dbus/system_bus_socket ]; do sleep 0.05; done
  exec firewalld --nofork --nopid --system-config /run/firewalld --log-target console'
