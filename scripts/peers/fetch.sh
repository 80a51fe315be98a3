#!/bin/bash
# Unpacks Docker, containerd and what they are driven with, and firewalld, into .build-peers: nothing is installed, no service is started.
set -euo pipefail
cd "$(dirname "$0")/../.."

out=$PWD/.build-peers
wanted=4 # to be counted up when something is added: a folder of before is made anew
[ "$(cat "$out/done" 2>/dev/null)" != "$wanted" ] || exit 0
rm -rf "$out"
mkdir -p "$out/debs"
echo "fetching Docker, containerd and a client for Kubernetes' runtime interface"
(cd "$out/debs" && apt-get -o APT::Sandbox::User=root download -qq docker.io containerd containernetworking-plugins catatonit tini >/dev/null)
for package in "$out"/debs/*.deb; do dpkg-deb -x "$package" "$out"; done
rm -rf "$out/debs"
# With what its Python needs; scripts/peers/firewalld.sh runs it.
mkdir -p "$out/firewalld/debs"
(cd "$out/firewalld/debs" && apt-get -o APT::Sandbox::User=root download -qq firewalld python3-firewall python3-dbus python3-gi \
  gir1.2-glib-2.0 libgirepository-1.0-1 python3-nftables python3-jsonschema python3-attr python3-pyrsistent python3-cap-ng libcap-ng0 \
  dbus-daemon dbus-bin libdbus-1-3 libapparmor1 libaudit1 libexpat1 libselinux1 libsystemd0 libnftables1 libglib2.0-0 libffi8 >/dev/null)
for package in "$out"/firewalld/debs/*.deb; do dpkg-deb -x "$package" "$out/firewalld"; done
cp -a "$out/firewalld/lib/." "$out/firewalld/usr/lib/"
rm -rf "$out/firewalld/debs" "$out/firewalld/lib"
# The messages of the runtime interface (CRI), as its protocol's file says, and gRPC. Debian has no client for it.
/usr/bin/python3 -m pip install --quiet --disable-pip-version-check --root-user-action ignore --no-compile --target "$out/python" \
  container-runtime-interface-api==2.0.1
echo "$wanted" >"$out/done"
