#!/bin/bash
# Installs the Debian packages that are missing, and nothing when none is.
#   scripts/deps.sh build|test|conformance|bench...
set -euo pipefail

build=(libseccomp-dev libzstd-dev zlib1g-dev libsqlite3-dev libyaml-dev pkg-config uidmap make binutils gcc libc6-dev)
test=(gcc libc6-dev busybox-static mmdebstrap attr libcap2-bin iproute2 util-linux mount python3 jq procps tar gzip zstd xz-utils podman criu python3-pip
  docker-registry apache2-utils openssl curl skopeo umoci sqlite3 postgresql-client redis-tools bind9-dnsutils nftables passt slirp4netns iptables ufw)
conformance=(crun runc)
bench=(busybox-static crun runc podman time gcc libc6-dev python3 isal libisal-dev libdeflate-dev
  zlib1g-dev skopeo docker-registry curl nftables iperf3 netavark aardvark-dns iptables)

die() { echo "deps: $*" >&2; exit 1; }

[ $# -gt 0 ] || die "name what to install for: build, test, conformance, bench"
wanted=()
for group; do
  case $group in
    build) wanted+=("${build[@]}") ;;
    test) wanted+=("${test[@]}") ;;
    conformance) wanted+=("${conformance[@]}") ;;
    bench) wanted+=("${bench[@]}") ;;
    *) die "unknown group '$group': use build, test, conformance or bench" ;;
  esac
done

command -v dpkg-query >/dev/null || die "this machine has no dpkg: install the equivalents of: ${wanted[*]}"
missing=()
for package in "${wanted[@]}"; do
  state=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
  [ "$state" = "install ok installed" ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

sudo=()
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null || die "these packages are missing and need root to install: ${missing[*]}"
  sudo=(sudo)
fi
echo "installing: ${missing[*]}"
"${sudo[@]}" apt-get update -qq
"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
