#!/usr/bin/env bash
# Memcheck: no invalid access, no decision on an uninitialised value, no block definitely lost.
#
#   tests/valgrind.sh [TEST..]      test programs by name; without any, the short ones
#
# and, always, the zero_defect step of tests/consumer. Builds into build/valgrind (valgrind knows no AVX-512, so not
# tuned for this machine). Criterion runs every test in a process of its own and forgets how that ended, so each
# process writes a log and an empty log is the proof. As a ctest: ctest -C valgrind -L valgrind.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
command -v valgrind >/dev/null || { echo "skipped: no valgrind on this machine"; exit 77; }

tests=("$@")
[ ${#tests[@]} -gt 0 ] || tests=(test_context test_phase_grid)
build=build/valgrind
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

cmake -S . -B $build -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_C_FLAGS_RELWITHDEBINFO="-O1 -g" -DGRAZING_NATIVE=OFF >/dev/null
cmake --build $build -j 2 >/dev/null
bash tests/build_consumer.sh $build "$scratch" cc

bad=0
# memcheck NAME PROGRAM [ARGUMENT..]
memcheck() {
    echo "memcheck: $1"
    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 valgrind -q --trace-children=yes --leak-check=full --show-leak-kinds=definite \
        --errors-for-leak-kinds=definite --log-file="$scratch/$1.%p.log" "${@:2}" || bad=1
    local log
    for log in "$scratch/$1".*.log; do
        [ ! -s "$log" ] || { bad=1; cat "$log"; }
    done
}

memcheck consumer "$scratch/consumer"
for test in "${tests[@]}"; do memcheck "$test" "$build/tests/$test" -j1; done
exit $bad
