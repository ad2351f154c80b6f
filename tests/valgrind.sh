#!/usr/bin/env bash
# Memcheck: no invalid access, no decision on an uninitialised value, no block definitely lost.
#
#   tests/valgrind.sh [TEST..]      test programs by name; without any, the short ones
#
# Builds into build/valgrind (valgrind knows no AVX-512, so not tuned for this machine). Criterion runs every test
# in a process of its own and forgets how that ended, so each process writes a log and an empty log is the proof.
# As a ctest: ctest -C valgrind -L valgrind.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
command -v valgrind >/dev/null || { echo "skipped: no valgrind on this machine"; exit 77; }

tests=("$@")
[ ${#tests[@]} -gt 0 ] || tests=(test_context test_phase_grid)
build=build/valgrind
cmake -S . -B $build -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_C_FLAGS_RELWITHDEBINFO="-O1 -g" -DGRAZING_NATIVE=OFF >/dev/null
cmake --build $build -j 2 >/dev/null

logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
bad=0
for test in "${tests[@]}"; do
    OMP_NUM_THREADS=1 valgrind -q --trace-children=yes --leak-check=full --show-leak-kinds=definite \
        --errors-for-leak-kinds=definite --log-file="$logs/$test.%p" "$build/tests/$test" -j1 || bad=1
    for log in "$logs/$test".*; do
        [ ! -s "$log" ] || { bad=1; cat "$log"; }
    done
done
exit $bad
