#!/bin/bash
# Runs the unit and tidy tests of the debug build: what needs neither root nor the binaries.
set -euo pipefail
cd "$(dirname "$0")/.."
exec swift test --skip-build --disable-xctest ${HAKO_UNIT_FILTER:+--filter "$HAKO_UNIT_FILTER"} --skip 'IntegrationTests|ConformanceTests'
