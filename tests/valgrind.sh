#!/usr/bin/env bash
# Memcheck: no invalid access, no decision on an uninitialised value, no block definitely lost.
#   tests/valgrind.sh [TEST..]      names of test programs; by default the short ones
#
# The zero_defect step of tests/consumer is always run too. The script builds into build/valgrind, for the baseline of the
# architecture (valgrind does not know AVX-512), and with warnings as errors. Criterion runs every test in a process of its
# own and does not keep how that ended. So each process writes a log, which must be empty.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
command -v valgrind >/dev/null || { echo "skipped: no valgrind on this machine; apt-get install valgrind"; exit 77; }

tests=("$@")
[ ${#tests[@]} -gt 0 ] || tests=(test_context test_phase_grid)
build=build/valgrind
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

cmake -S . -B $build -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_C_FLAGS_RELWITHDEBINFO="-O1 -g1" -DCMAKE_C_FLAGS= -DGRAZING_NATIVE=OFF -DGRAZING_WERROR=ON >/dev/null
cmake --build $build -j 2 --target consumer "${tests[@]}" >$build/build.log 2>&1 || { tail -n 40 $build/build.log; exit 1; }

bad=0
for test in consumer "${tests[@]}"; do
    echo "memcheck: $test"
    arguments=()
    [ "$test" = consumer ] || arguments=(-j1)
    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 valgrind -q --trace-children=yes --leak-check=full --show-leak-kinds=definite \
        --errors-for-leak-kinds=definite --log-file="$scratch/$test.%p.log" "$build/tests/$test" "${arguments[@]}" || bad=1
    for log in "$scratch/$test".*.log; do
        [ ! -s "$log" ] || { bad=1; cat "$log"; }
    done
done
exit $bad
