#!/bin/bash
# Runs a command as the plain user `hakotest` (uid 64321, subordinate ids 1000000..1065535), who exists only inside a
# private mount namespace: this machine's own account files stay as they are.
#   scripts/as-user.sh HOME COMMAND...       HOME: the user's home directory, made when missing
# HAKO_SUBORDINATE names other subordinate ids.
# On cgroup v2 the command runs in a control group delegated to the user when HAKO_DELEGATED names one.
set -euo pipefail

uid=64321
die() { echo "as-user: $*" >&2; exit 125; }
[ "$(id -u)" = 0 ] || die "becoming another user needs root"
[ $# -ge 2 ] || die "usage: scripts/as-user.sh HOME COMMAND..."

if [ "${HAKO_AS_USER-}" != inside ]; then
  HAKO_AS_USER=inside exec unshare --mount --propagation private -- bash "$0" "$@"
fi
unset HAKO_AS_USER

home=$1
shift
mkdir -p "$home/.run"
chown "$uid:$uid" "$home" "$home/.run"
chmod 700 "$home/.run"

# The copies live on a tmpfs of this mount namespace: with its last process they are gone.
where=/mnt
mount -t tmpfs -o size=1m,mode=755 hakotest "$where"
line() { # line FILE TEXT: binds a copy of FILE with TEXT added over FILE
  [ -e "$1" ] || return 0
  local copy
  copy=$where/$(basename "$1")
  { grep -v '^hakotest:' "$1" || true; echo "$2"; } >"$copy"
  chmod --reference="$1" "$copy"
  mount --bind "$copy" "$1"
}
line /etc/passwd "hakotest:x:$uid:$uid::$home:/bin/sh"
line /etc/group "hakotest:x:$uid:"
line /etc/subuid "hakotest:${HAKO_SUBORDINATE-1000000:65536}"
line /etc/subgid "hakotest:${HAKO_SUBORDINATE-1000000:65536}"
umount --lazy "$where"

if [ -n "${HAKO_DELEGATED-}" ]; then echo 0 >"$HAKO_DELEGATED/cgroup.procs"; fi
export HOME=$home USER=hakotest LOGNAME=hakotest XDG_RUNTIME_DIR=$home/.run
unset XDG_DATA_HOME XDG_CONFIG_HOME XDG_CACHE_HOME HAKO_DELEGATED
exec setpriv --reuid="$uid" --regid="$uid" --clear-groups --inh-caps=-all -- "$@"
