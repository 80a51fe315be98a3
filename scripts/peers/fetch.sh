#!/bin/bash
# Unpacks Docker and containerd from Debian's packages into .build-peers: nothing is installed, no service is started.
set -euo pipefail
cd "$(dirname "$0")/../.."

out=$PWD/.build-peers
[ ! -e "$out/done" ] || exit 0
rm -rf "$out"
mkdir -p "$out/debs"
echo "fetching Docker and containerd"
(cd "$out/debs" && apt-get -o APT::Sandbox::User=root download -qq docker.io containerd >/dev/null)
for package in "$out"/debs/*.deb; do dpkg-deb -x "$package" "$out"; done
rm -rf "$out/debs"
touch "$out/done"
