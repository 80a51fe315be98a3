#!/bin/bash
# Runs the unit and tidy tests of the debug build: what needs neither root nor the binaries.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ -n "${HAKO_UNIT_FILTER-}" ]; then
  exec swift test --skip-build --disable-xctest --filter "$HAKO_UNIT_FILTER"
fi
exec swift test --skip-build --disable-xctest --skip 'IntegrationTests|ConformanceTests'
