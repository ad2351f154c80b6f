#!/usr/bin/env bash
# Install what is missing (Debian packages), build, run every test and check. The README's test command.
#
#   release   -O3 and -Werror, the whole suite, the checks of tests/check.sh
#   asan      address, undefined-behaviour and leak sanitizers, the suite without the tests labelled slow
#
# Ends with one line "N passed, N failed"; a build that fails is one failed. Exit status 0 only if none failed.
set -uo pipefail
exec </dev/null
export LC_ALL=C
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

jobs=$(nproc)
passed=0 failed=0

heading() {
    printf '\n== %s (at %d s)\n' "$1" "$SECONDS"
}

# build PRESET: configure and build into build/test-PRESET, quietly unless it fails.
build() {
    local folder=build/test-$1
    heading "build $1"
    mkdir -p "$folder"
    if ! { cmake --preset "$1" -B "$folder" -DGRAZING_WERROR=ON && cmake --build "$folder" -j "$jobs"; } >"$folder/build.log" 2>&1
    then
        tail -n 60 "$folder/build.log"
        echo "the build $1 failed; all of it: $folder/build.log"
        failed=$((failed + 1))
        return 1
    fi
}

# run_tests PRESET CTEST_ARGUMENTS..: run the tests of a build and count them.
run_tests() {
    local folder=build/test-$1 log=build/test-$1/ctest.log total bad skipped
    heading "tests of $1"
    ctest --test-dir "$folder" --output-on-failure -j "$jobs" "${@:2}" 2>&1 | tee "$log"
    read -r bad total <<<"$(sed -n 's/^.* tests passed, \([0-9]*\) tests failed out of \([0-9]*\)$/\1 \2/p' "$log")"
    if [ -z "${total:-}" ]; then
        echo "ctest ran no test"
        failed=$((failed + 1))
        return
    fi
    skipped=$(grep -c '\*\*\*Skipped' "$log")
    failed=$((failed + bad))
    passed=$((passed + total - bad - skipped))
}

bash experiments/install_dependencies.sh || echo "some packages are missing; going on without them"
if build release; then run_tests release -C full; fi
if build asan; then run_tests asan -LE slow; fi

printf '\nthe whole command took %d s\n' "$SECONDS"
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
