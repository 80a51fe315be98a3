#!/bin/bash
# Unpacks Docker, containerd and what they are driven with into .build-peers: nothing is installed, no service is started.
set -euo pipefail
cd "$(dirname "$0")/../.."

out=$PWD/.build-peers
wanted=3 # to be counted up when something is added: a folder of before is made anew
[ "$(cat "$out/done" 2>/dev/null)" != "$wanted" ] || exit 0
rm -rf "$out"
mkdir -p "$out/debs"
echo "fetching Docker, containerd and a client for Kubernetes' runtime interface"
(cd "$out/debs" && apt-get -o APT::Sandbox::User=root download -qq docker.io containerd containernetworking-plugins catatonit tini >/dev/null)
for package in "$out"/debs/*.deb; do dpkg-deb -x "$package" "$out"; done
rm -rf "$out/debs"
# The messages of the runtime interface (CRI), as its protocol's file says, and gRPC. Debian has no client for it.
/usr/bin/python3 -m pip install --quiet --disable-pip-version-check --root-user-action ignore --no-compile --target "$out/python" \
  container-runtime-interface-api==2.0.1
echo "$wanted" >"$out/done"
