#!/bin/bash
# Decompresses the largest layer of the image `large` with zlib, isa-l and libdeflate; prints a table for docs/bench-images.md.
#   benchmarks/gzip.sh [ROUNDS]      (9 when not given)
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/images.py large
work=$(mktemp -d /tmp/hako-bench.XXXXXX)
trap 'rm -rf --one-file-system "$work"' EXIT
gcc -std=c11 -D_GNU_SOURCE -O2 -Wall -Wextra -Werror -o "$work/gzip" benchmarks/gzip.c -lz -lisal -ldeflate
layer=$(find .build-images/large/blobs/sha256 -type f -printf '%s %p\n' | sort -rn | awk 'NR == 1 { print $2 }')
static() { # static LIBRARY: whether there is one to link into a static program
  if [ -e "$(gcc -print-file-name="lib$1.a")" ]; then echo yes; else echo no; fi
}
declare -A archive=([zlib]=z [isa-l]=isal [libdeflate]=deflate)
declare -A streams=([zlib]=yes [isa-l]=yes [libdeflate]=no)
echo "| gzip by | MB of plain bytes a second, median | highest | buffers, MB | takes a layer while it comes | static in Debian |"
echo "|---|---:|---:|---:|---|---|"
"$work/gzip" "$layer" "${1:-9}" | while IFS=$'\t' read -r name median lowest plain buffers; do
  echo "$name $median $lowest $plain $buffers ${streams[$name]} $(static "${archive[$name]}")"
done | awk '{ printf "| %s | %.0f | %.0f | %.1f | %s | %s |\n", $1, $4 / $2 / 1e6, $4 / $3 / 1e6, $5 / 1e6, $6, $7 }'
