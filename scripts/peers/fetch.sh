#!/bin/bash
# Unpacks Docker, containerd and what they are driven with, and firewalld, into .build-peers: nothing is installed, no service is started.
set -euo pipefail
cd "$(dirname "$0")/../.."

out=$PWD/.build-peers
wanted=4 # to be counted up when something is added: a folder of before is made anew
[ "$(cat "$out/done" 2>/dev/null)" != "$wanted" ] || exit 0
rm -rf "$out"
unpack() { # unpack DIRECTORY PACKAGE...
  mkdir -p "$1/debs"
  (cd "$1/debs" && apt-get -o APT::Sandbox::User=root download -qq "${@:2}" >/dev/null)
  for package in "$1"/debs/*.deb; do dpkg-deb -x "$package" "$1"; done
  rm -rf "$1/debs"
}
echo "fetching Docker, containerd, firewalld and a client for Kubernetes' runtime interface"
unpack "$out" docker.io containerd containernetworking-plugins catatonit tini
# With what its Python needs; scripts/peers/firewalld.sh runs it.
unpack "$out/firewalld" firewalld python3-firewall python3-dbus python3-gi gir1.2-glib-2.0 libgirepository-1.0-1 \
  python3-nftables python3-jsonschema python3-attr python3-pyrsistent python3-cap-ng libcap-ng0 dbus-daemon dbus-bin libdbus-1-3 \
  libapparmor1 libaudit1 libexpat1 libselinux1 libsystemd0 libnftables1 libglib2.0-0 libffi8
cp -a "$out/firewalld/lib/." "$out/firewalld/usr/lib/"
rm -rf "$out/firewalld/lib"
# The messages of the runtime interface (CRI), as its protocol's file says, and gRPC. Debian has no client for it.
/usr/bin/python3 -m pip install --quiet --disable-pip-version-check --root-user-action ignore --no-compile --target "$out/python" \
  container-runtime-interface-api==2.0.1
echo "$wanted" >"$out/done"
