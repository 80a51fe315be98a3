#!/bin/bash
# Kills hako's processes at random, HAKO_FAULTS times (default: 1000), and writes what was found into docs/faults.md.
set -euo pipefail
cd "$(dirname "$0")/.."
log=$(mktemp)
trap 'rm -f "$log"' EXIT
HAKO_FAULTS=${HAKO_FAULTS:-1000} HAKO_TEST_FILTER=RandomFaultTests scripts/integration.sh | tee "$log" | grep '^faults:'
{
  echo "# Faults"
  echo
  echo "Written by \`make faults\`; do not edit. Commands at random over a few containers, each killed (SIGKILL) at a random moment,"
  echo "or one of the processes behind it; after every eighth, \`hako system check\` and a look whether all is true and nothing lost."
  echo
  sed -n 's/^faults: //p' "$log" | sed '1s/^/**/; 1s/$/**\n/; 2,$s/^/- /'
  echo
  echo "At the end everything could be removed, and no directory, process, control group or mount was left."
} >docs/faults.md
