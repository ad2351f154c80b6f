#!/usr/bin/env bash
# Which part of the lines of discretization/ and minimizers/ the suite runs, for each file and in all (gcc and gcov).
#
#   tests/coverage.sh [CTEST_ARGUMENTS..]      builds into build/coverage
set -euo pipefail
export LC_ALL=C
cd "$(dirname "${BASH_SOURCE[0]}")/.."

build=build/coverage
cmake -S . -B $build -DCMAKE_C_COMPILER=gcc -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS="--coverage -O1" -DGRAZING_NATIVE=OFF >/dev/null
cmake --build $build -j "$(nproc)" >/dev/null
find $build -name '*.gcda' -delete
# Tests that read all of the program's stderr may fail, since gcov complains there if its files do not fit.
ctest --test-dir $build -E '^check_' -j "$(nproc)" "$@" | tail -n 8 || true

root=$PWD
cd $build
find discretization minimizers -name '*.gcno' -exec gcov -n -r -s "$root" {} + 2>/dev/null | awk -F"[' :%]+" '
    /^File/ { file = $2 }
    /^Lines executed/ && file ~ /^(discretization|minimizers)\/.*\.c$/ {
        printf "%7.2f %% of %4d  %s\n", $3, $5, file
        lines += $5; run += $3 * $5 / 100; file = ""
    }
    END { printf "%7.2f %% of %4d  lines of discretization/ and minimizers/\n", 100 * run / lines, lines }'
