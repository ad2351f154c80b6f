#!/usr/bin/env bash
# Memcheck: no invalid access, no decision on an uninitialised value, no block definitely lost.
#
#   tests/valgrind.sh [BUILD [SUITE..]]    by default build/valgrind, and the suites of tests_short (tests/CMakeLists.txt)
#
# The zero_defect step of tests/consumer is always run too. BUILD is configured if it is not: for the baseline of the
# architecture, since valgrind does not know AVX-512, and with warnings as errors. The suite takes the build with MPI
# (mpi.sh), which is of this kind, if there is one. Criterion runs every test in a process of its own and does not keep
# how that ended. So each process writes a log, which must be empty.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
command -v valgrind >/dev/null || { echo "skipped: no valgrind on this machine; apt-get install valgrind"; exit 77; }

build=${1:-build/valgrind} suites=("${@:2}") programs=(tests_short) filter='*/*'
if [ ${#suites[@]} -gt 0 ]; then
    programs=(tests tests_text tests_optimised)
    printf -v filter '%s|' "${suites[@]}"
    filter="@(${filter%|})/*"
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

[ -e "$build/CMakeCache.txt" ] || cmake -S . -B "$build" -DCMAKE_BUILD_TYPE=RelWithDebInfo \
    -DCMAKE_C_FLAGS_RELWITHDEBINFO="-O1 -g1" -DCMAKE_C_FLAGS= -DGRAZING_NATIVE=OFF -DGRAZING_WERROR=ON >/dev/null
cmake --build "$build" -j 2 --target consumer "${programs[@]}" >"$scratch/build.log" 2>&1 || { tail -n 40 "$scratch/build.log"; exit 1; }

bad=0
for program in consumer "${programs[@]}"; do
    arguments=()
    [ "$program" = consumer ] || arguments=(-j1 --filter "$filter")
    echo "memcheck: $program ${arguments[*]}"
    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 valgrind -q --trace-children=yes --leak-check=full --show-leak-kinds=definite \
        --errors-for-leak-kinds=definite --log-file="$scratch/$program.%p.log" "$build/tests/$program" "${arguments[@]}" || bad=1
    for log in "$scratch/$program".*.log; do
        [ ! -s "$log" ] || { bad=1; cat "$log"; }
    done
done
exit $bad
