# Sourced by the scripts beside it: what each of them needs. RUNTIME is the runtime under test, WORK a directory of the test's own.
set -uo pipefail
: "${RUNTIME:?}" "${WORK:?}" "${ROOTFS:?}"
failures=0
# conmon and the shims write files where they stand.
cd "$WORK" || exit 1

# expect NAME WANTED GOT: WANTED is a pattern of the shell's.
expect() {
  # shellcheck disable=SC2053
  if [[ $3 == $2 ]]; then echo "ok: $1"; else echo "FAILED: $1: expected '$2', got '$3'"; failures=$((failures + 1)); fi
}

# The output and the exit status of a command, in one line.
both() { local out status; out=$("$@" 2>&1) && status=0 || status=$?; echo "${out//$'\n'/|}=$status"; }

# wait_for COMMAND...: until it succeeds, 20 s at most.
wait_for() { for _ in $(seq 200); do "$@" >/dev/null 2>&1 && return 0; sleep 0.1; done; echo "FAILED: $* never succeeded"; exit 1; }

# image_archive FILE NAME COMMAND: the root file system as an image that runs COMMAND (JSON), in the form that `docker load` and `ctr images import` read.
image_archive() {
  local dir=$WORK/archive digest
  rm -rf "$dir" && mkdir "$dir" && cp "$ROOTFS.tar" "$dir/layer.tar"
  digest=$(sha256sum "$dir/layer.tar" | cut -d' ' -f1)
  printf '{"architecture":"amd64","os":"linux","config":{"Cmd":%s,"Env":["PATH=/bin"]},"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' \
    "$3" "$digest" >"$dir/config.json"
  printf '[{"Config":"config.json","RepoTags":["%s"],"Layers":["layer.tar"]}]' "$2" >"$dir/manifest.json"
  tar -C "$dir" -cf "$1" manifest.json config.json layer.tar && rm -rf "$dir"
}

finish() {
  find /sys/fs/cgroup -depth -type d -path '*/hako-peer*' -exec rmdir {} \; 2>/dev/null
  [ "$failures" = 0 ] || exit 1
}

# This mount namespace is the test's own. What has its place under /run (the shims' sockets) or /dev/shm (podman's locks) goes with it.
mount -t tmpfs -o mode=755 tmpfs /run
mount -t tmpfs -o mode=1777 tmpfs /dev/shm

# The peers here refuse a hybrid of cgroup v1 and v2: the namespace has only v1 then.
umount /sys/fs/cgroup/unified 2>/dev/null || true
