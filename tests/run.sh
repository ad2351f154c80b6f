#!/usr/bin/env bash
# The README's test command: install what is missing (Debian packages), build, and run every test and check.
#   release   -O3, tuned for this processor: the suite without the tests of text and files (label text), which the other
#             build runs, and the checks of tests/check.sh
#   asan      address, undefined-behaviour and leak sanitizers, for a fixed baseline and with warnings as errors: the
#             suite without the slow tests, without tests whose code the others cover (sanitized.sh checks that),
#             and without pictures, which C does not draw
# The last lines are "N passed, N failed, N skipped", and for each skipped check what to install. A build that fails counts
# as one failure. The exit status is 0 only if nothing failed.
set -uo pipefail
exec </dev/null
export LC_ALL=C
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

jobs=$(nproc)
# Ninja starts fewer processes than make. A folder that was configured before keeps its generator.
if command -v ninja >/dev/null; then export CMAKE_GENERATOR=Ninja; fi
passed=0 failed=0 skipped=0 missing=

heading() {
    printf '\n== %s (at %d s)\n' "$1" "$SECONDS"
}

# build PRESET [TARGET]: configure and build into build/test-PRESET, quietly unless it fails.
build() {
    local folder=build/test-$1
    heading "build $1"
    mkdir -p "$folder"
    if ! { cmake --preset "$1" -B "$folder" && cmake --build "$folder" -j "$jobs" --target "${2:-all}"; } >"$folder/build.log" 2>&1
    then
        tail -n 60 "$folder/build.log"
        echo "the build $1 failed; all of it: $folder/build.log"
        failed=$((failed + 1))
        return 1
    fi
}

# run_tests PRESET CTEST_ARGUMENTS..: run the tests of a build and count them.
run_tests() {
    local folder=build/test-$1 log=build/test-$1/ctest.log total bad without
    heading "tests of $1"
    ctest --test-dir "$folder" --output-on-failure -j "$jobs" "${@:2}" 2>&1 | tee "$log" | grep --line-buffered -v '^      Start '
    read -r bad total <<<"$(sed -n 's/^.* tests passed, \([0-9]*\) tests failed out of \([0-9]*\)$/\1 \2/p' "$log")"
    if [ -z "${total:-}" ]; then
        echo "ctest ran no test"
        failed=$((failed + 1))
        return
    fi
    without=$(grep -c '\*\*\*Skipped' "$log")
    failed=$((failed + bad))
    skipped=$((skipped + without))
    passed=$((passed + total - bad - without))
    # ctest keeps the output of the tests in a log of its own, where a line "skipped: .." gives the reason of a skipped test.
    missing+=$(awk '/^[0-9]+\/[0-9]+ Test: / { name = $3 } /^skipped: / { print "\n  " name ": " substr($0, 10) }' \
        "$folder/Testing/Temporary/LastTest.log")
    printf 'the longest:'
    sed -n 's/^.*Test *#[0-9]*: \([^ ]*\) .* \([0-9.]*\) sec.*$/\2 \1/p' "$log" | sort -rn | head -n 8 | awk '{ printf " %s %.0f s", $2, $1 }'
    echo
}

bash experiments/install_dependencies.sh || echo "some packages are missing; going on without them"
# The interpreter that the program would find, found once: a python3 may be a script that takes half a second to find the real one.
for python in "${GRAZING_PYTHON:-}" python3 /usr/bin/python3; do
    if found=$("$python" -c 'import sys, numpy, h5py, matplotlib; print(sys.executable)' 2>/dev/null); then
        export GRAZING_PYTHON=$found
        break
    fi
done
if build release; then run_tests release -C full -LE text; fi
if build asan sanitized; then run_tests asan -LE 'slow|pictures|covered'; fi

printf '\nthe whole command took %d s\n' "$SECONDS"
printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[ "$skipped" -eq 0 ] || printf 'skipped:%b\n' "$missing"
[ "$failed" -eq 0 ]
