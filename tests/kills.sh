#!/usr/bin/env bash
# kill -9 at random moments: each time the result file can be opened, its states are those of an unbroken run bit for
# bit, and the restart goes on. The suite does this twelve times.
#
#   tests/kills.sh [BUILD [KILLS]]      by default build/test-release, 100
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
GRAZING_KILLS=${2:-100} GOMP_SPINCOUNT=1000 "${1:-build/test-release}/tests/tests_optimised" -j1 --verbose --filter restart_command/kills
