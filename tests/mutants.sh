#!/usr/bin/env bash
# Many mutants of a cache of plans, in place of the thousand of the suite: each is refused or harmless, none ends in a signal.
#   tests/mutants.sh [NUMBER [PROGRAM]]
# NUMBER: two million by default, an hour and a half. PROGRAM: the tests of text of a build.
set -euo pipefail
GRAZING_MUTANTS=${1:-2000000} "${2:-build/test-release/tests/tests_text}" -j1 --verbose --filter plans/mutants_are_refused_or_harmless 2>&1 |
    grep -E "mutants were|FAIL|CRASH|Synthesis"
