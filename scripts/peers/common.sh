# Sourced by the scripts beside it: what each of them needs. RUNTIME is the runtime under test, WORK a directory of the test's own.
set -uo pipefail
: "${RUNTIME:?}" "${WORK:?}" "${ROOTFS:?}"
failures=0

# expect NAME WANTED GOT: WANTED is a pattern of the shell's.
expect() {
  # shellcheck disable=SC2053
  if [[ $3 == $2 ]]; then echo "ok: $1"; else echo "FAILED: $1: expected '$2', got '$3'"; failures=$((failures + 1)); fi
}

# The output and the exit status of a command, in one line.
both() { local out status; out=$("$@" 2>&1) && status=0 || status=$?; echo "${out//$'\n'/|}=$status"; }

# wait_for COMMAND...: until it succeeds, 20 s at most.
wait_for() { for _ in $(seq 200); do "$@" >/dev/null 2>&1 && return 0; sleep 0.1; done; echo "FAILED: $* never succeeded"; exit 1; }

finish() {
  find /sys/fs/cgroup -depth -type d -path '*/hako-peer*' -exec rmdir {} \; 2>/dev/null
  [ "$failures" = 0 ] || exit 1
}

# The peers here refuse a hybrid of cgroup v1 and v2: this mount namespace of the test's own has only v1 then.
umount /sys/fs/cgroup/unified 2>/dev/null || true
