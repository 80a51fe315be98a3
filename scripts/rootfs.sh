#!/bin/bash
# Makes the root file systems that the tests and benchmarks use, from this machine's own packages:
#   .build-rootfs/busybox, .build-rootfs/debian, and NAME.tar, NAME.tar.gz, NAME.tar.zst of each;
#   .build-rootfs/servers.tar, a Debian with redis, PostgreSQL and lighttpd.
# Each appears whole or not at all: it is made beside its place and renamed.
#   scripts/rootfs.sh [busybox] [debian] [servers]      (all when none is named)
set -euo pipefail
cd "$(dirname "$0")/.."

out=$PWD/.build-rootfs
die() { echo "rootfs: $*" >&2; exit 1; }
[ "$(id -u)" = 0 ] || die "files of several owners are made here: run it as root"
umask 022
mkdir -p "$out"
stage=
cleanup() { [ -z "$stage" ] || rm -rf --one-file-system "$stage"; }
trap cleanup EXIT

# The common files a root file system needs, where its distribution did not bring them.
accounts() {
  local root=$1
  printf 'root:x:0:0:root:/root:/bin/sh\ndaemon:x:1:1:daemon:/:/bin/false\ntester:x:1000:1000::/home/tester:/bin/sh\n' >"$root/etc/passwd"
  printf 'root:x:0:\ndaemon:x:1:\naudio:x:29:tester\ntester:x:1000:\n' >"$root/etc/group"
}

make_busybox() {
  local root=$1 applet
  mkdir -p "$root"/{bin,dev,etc,home/tester,proc,root,run,sys,tmp,usr/bin,usr/share/zoneinfo,var/tmp}
  ln -s bin "$root/sbin"
  chmod 1777 "$root/tmp" "$root/var/tmp"
  chmod 700 "$root/root"
  chown 1000:1000 "$root/home/tester"
  cp "$(command -v busybox)" "$root/bin/busybox"
  for applet in $("$root/bin/busybox" --list); do
    [ "$applet" = busybox ] || ln -s busybox "$root/bin/$applet"
  done
  accounts "$root"
  printf '127.0.0.1 localhost\n' >"$root/etc/hosts"
}

make_debian() {
  debian "$1" procps
  chroot "$1" useradd --uid 1000 --create-home --shell /bin/sh tester
}

make_servers() {
  # No server starts while its package is configured: there is no init to ask.
  debian "$1" redis-server,postgresql,lighttpd
  rm -rf --one-file-system "$1"/var/lib/postgresql/*/main
}

# A Debian root with these packages.
debian() {
  local root=$1 packages=$2 sources=()
  # The sources this machine itself uses, so that nothing here names a host.
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
    [ ! -s "$file" ] || sources+=("$file")
  done
  [ ${#sources[@]} -gt 0 ] || die "this machine has no apt sources to make a Debian root from"
  # The chroot mode makes device nodes; no systemd or daemons come with minbase.
  TMPDIR=$out mmdebstrap --quiet --mode=root --variant=minbase --include="$packages" \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    "$(. /etc/os-release && echo "$VERSION_CODENAME")" "$root" "${sources[@]}"
  rm -rf --one-file-system "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/*
}

make_one() {
  local name=$1
  [ ! -e "$out/$name.tar.zst" ] || return 0
  [ "$name" != servers ] || [ ! -e "$out/servers.tar" ] || return 0
  echo "making the $name root file system"
  stage=$(mktemp -d "$out/.stage.XXXXXX")
  chmod 755 "$stage"
  mkdir "$stage/$name"
  "make_$name" "$stage/$name"
  tar --numeric-owner --sort=name -C "$stage/$name" -cf "$stage/$name.tar" .
  if [ "$name" = servers ]; then
    mv "$stage/servers.tar" "$out/"
    rm -rf --one-file-system "$stage"
    stage=
    return
  fi
  gzip -1 -c "$stage/$name.tar" >"$stage/$name.tar.gz"
  zstd -q -1 -c "$stage/$name.tar" >"$stage/$name.tar.zst"
  rm -rf --one-file-system "${out:?}/$name"
  # The zstd tar comes last: it says that the rest is there.
  for part in "$name" "$name.tar" "$name.tar.gz" "$name.tar.zst"; do mv "$stage/$part" "$out/$part"; done
  rm -rf --one-file-system "$stage"
  stage=
}

[ $# -gt 0 ] || set -- busybox debian servers
exec 9>"$out/.lock"
flock 9
rm -rf --one-file-system "$out"/.stage.*
for name; do
  case $name in busybox | debian | servers) make_one "$name" ;; *) die "unknown root file system '$name'" ;; esac
done
