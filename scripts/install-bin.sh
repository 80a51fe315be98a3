#!/bin/bash
# Puts stripped copies of the release binaries into bin/, each by rename: a running one keeps its file.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p bin
for name in hako hako-runtime hako-edge; do
  built=.build-static/release/$name
  [ "$name" = hako-edge ] && built=.build-edge/release/$name
  [ bin/$name -nt "$built" ] && continue
  strip --strip-all -o "bin/.$name.new" "$built"
  "bin/.$name.new" --version >/dev/null || { echo "install-bin: the stripped $name does not run" >&2; exit 1; }
  mv "bin/.$name.new" "bin/$name"
done
ls -l bin | awk 'NR > 1 { printf "bin/%s  %.1f MB\n", $NF, $5 / 1e6 }'
