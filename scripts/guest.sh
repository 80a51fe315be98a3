#!/bin/bash
# Runs the integration and conformance tests in a guest with pure cgroup v2, with the binaries and the test bundle built on this machine.
# The guest emulates its processor: about 30 times slower, so tests get more time, and suites that do not depend on its kernel are left out.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ -z "${VMRUN-}" ] || [ ! -x "$VMRUN" ]; then
  echo "guest: skipped: no vmrun on this machine (VMRUN=PATH names one)"
  exit 0
fi
# Of the suites and requirements those that depend on what this machine lacks: control groups of version 2, AppArmor, all capabilities, CRIU, ipvlan.
wanted="CapabilityTests|CgroupEscapeTests|CheckpointTests|CheckpointRefusalTests|EnforcementTests|ExecGroupTests|LimitTests|SharedLinkTests|UpdateTests"
requirements="resources|cgroup|apparmor|rlimits|update"
# HAKO_GUEST=all: also those to whom another kernel might matter, an hour in all.
if [ "${HAKO_GUEST-}" = all ]; then
  wanted+="|DirectoryEscapeTests|/EscapeTests|ExecEscapeTests|/ExecTests|KernelSettingTests|MountNamespaceTests|MountsTests"
  wanted+="|NetworkNamespaceTests|PeerTests|ProcessNamespaceTests|/RuntimeTests|SeccompTests|UserNamespaceTests"
  requirements+="|pause|namespaces"
fi
conformance=${HAKO_CONFORMANCE_FILTER-$requirements}
"$VMRUN" --timeout 120 -- true 2>/dev/null || "$VMRUN" --setup
# Its kernel does not load them by itself.
modules="veth macvlan ipvlan"
run() { # run TIMEOUT FILTER SUITES [OPTION...]
  local timeout=$1 filter=$2 suites=$3
  shift 3
  "$VMRUN" --timeout "$timeout" "$@" --share "$PWD" --cwd "$PWD" \
    --env "HAKO_TEST_SLOW=${HAKO_TEST_SLOW:-10}" --env "HAKO_TEST_FILTER=$filter" --env "HAKO_TEST_SKIP=${HAKO_TEST_SKIP-}" \
    --env "HAKO_CONFORMANCE_FILTER=$conformance" -- sh -c "modprobe -qa $modules; $suites"
}
# With systemd as its first process, the guest's own groups are systemd's.
[ -n "${HAKO_TEST_FILTER-}" ] || run 600 SystemdTests scripts/integration.sh --init systemd
run "${HAKO_GUEST_TIMEOUT:-5400}" "${HAKO_TEST_FILTER:-$wanted}" "${HAKO_GUEST_SUITES:-scripts/integration.sh && scripts/conformance.sh}" \
  ${HAKO_GUEST_INIT:+--init "$HAKO_GUEST_INIT"}
echo "make guest: everything passed"
