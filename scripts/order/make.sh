#!/bin/bash
# Writes scripts/order/hako.txt and hako-runtime.txt: the functions that a start, an exec and their like execute, as they come, so that
# the linker puts them next to each other. Needs root and what `make build` left in .build-static.
set -euo pipefail
cd "$(dirname "$0")/../.."
[ "$(id -u)" = 0 ] || { echo "order: containers of root's are watched: run it as root" >&2; exit 1; }
# Networks of the run's own.
if [ "${HAKO_ORDER-}" != inside ]; then
  HAKO_ORDER=inside exec unshare --mount --net --propagation private -- "$0" "$@"
fi
ip link set lo up
work=$(mktemp -d /tmp/hako-order.XXXXXX)
trap 'rm -rf --one-file-system "$work"' EXIT
mkdir "$work/functions" "$work/bin"
cc -O2 -Wall -Werror -o "$work/calls" scripts/order/calls.c
for name in hako hako-runtime; do
  cp ".build-static/release/$name" "$work/bin/$name"
  readelf --syms --wide "$work/bin/$name" | awk '$4 == "FUNC" && $3 != 0 && $7 != "UND" { print $2, $8 }' | sort >"$work/$name.symbols"
  awk '{ print $1 }' "$work/$name.symbols" | uniq >"$work/functions/$name"
done

hako=("$work/bin/hako" --root "$work/root" --state "$work/state")
# Two digits, so that the shell lists them in their order.
step=10
watch() {
  step=$((step + 1))
  timeout 120 "$work/calls" "$work/functions" "$work/$step" "${hako[@]}" "$@" >/dev/null || { echo "order: hako $* failed" >&2; exit 1; }
}
"${hako[@]}" import .build-rootfs/busybox.tar order:1 >/dev/null
"${hako[@]}" network create names >/dev/null
# Most starts find their filter compiled.
"${hako[@]}" run --rm --network none order:1 true
watch run --rm --network none order:1 true
watch run -d --rm --network none order:1 sleep 1
"${hako[@]}" run -d --name box --network none order:1 sleep 1000 >/dev/null
watch exec box true
watch ps
watch logs box
watch stop -t 0 box
watch rm box
watch run --rm --network names -p 127.0.0.1:8080:80 order:1 true
"${hako[@]}" network rm names >/dev/null

for name in hako hako-runtime; do
  cat "$work"/??."$name" | awk 'NR == FNR { names[$1] = names[$1] " " $2; next } !seen[$1]++ { print names[$1] }' "$work/$name.symbols" - |
    tr -s ' ' '\n' | sed 's/@.*//' | awk 'NF && !seen[$0]++' >"$work/$name.txt"
  mv "$work/$name.txt" "scripts/order/$name.txt"
  echo "scripts/order/$name.txt  $(wc -l <"scripts/order/$name.txt") functions"
done
