#!/usr/bin/env bash
# Fuzz the reader of decks and the readers of HDF5 files: nothing crashes, leaks or takes seconds.
#   tests/fuzz.sh [RUNS [SECONDS [PROGRAM]]]
# Each fuzzer takes at most RUNS inputs (a million) and at most SECONDS (1800), that of HDF5 half of them. PROGRAM is a grazing
# that lists the keys of decks, for the fuzzer's dictionary; without it one is built.
# The seconds of the slowest input are printed; on a busy machine they may only show how busy it is. libfyaml 0.7
# may leak the 4 kB buffer of its reader in text that is not YAML, and the list of pieces of a scalar that has many. These leaks,
# by the functions that make them, are not ours and not counted; to name the second one the stack is walked without frame pointers.
# The script builds into build/fuzz with clang. The seeds are the decks of the experiments and the corpus, every input that
# ever broke something: add a finding, which is left in build/fuzz/findings, to tests/fuzz/corpus.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "${BASH_SOURCE[0]}")/.."
skip() {
    echo "skipped: $1; apt-get install ${*:2}"
    exit 77
}
command -v clang >/dev/null || skip "no clang on this machine" clang libomp-dev libclang-rt-14-dev
echo '#include <omp.h>' | clang -fopenmp -fsyntax-only -x c - 2>/dev/null || skip "clang has no OpenMP here" libomp-dev
echo 'int LLVMFuzzerTestOneInput(const char *data, unsigned long size) { return data && size > 9; }' |
    clang -fsanitize=fuzzer -x c - -o /dev/null 2>/dev/null || skip "clang has no fuzzer here" libclang-rt-14-dev
runs=${1:-1000000} seconds=${2:-1800} program=${3:-} build=build/fuzz

cmake -S . -B $build -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_C_FLAGS_RELWITHDEBINFO="-O0 -g1" \
    -DCMAKE_C_FLAGS= -DGRAZING_NATIVE=OFF -DGRAZING_WERROR=ON -DGRAZING_TESTS=OFF -DGRAZING_FUZZERS=ON -DGRAZING_SANITIZE=address,undefined,fuzzer-no-link >/dev/null
targets=(fuzz_deck fuzz_hdf5)
[ -n "$program" ] || { targets+=(grazing-program) program=$build/grazing; }
cmake --build $build -j 2 --target "${targets[@]}" >$build/build.log 2>&1 || { tail -n 40 $build/build.log; exit 1; }

mkdir -p $build/findings $build/corpus/{deck,hdf5}
find experiments examples -name '*.yaml' -exec sh -c 'cp "$1" "$2/corpus/deck/$(echo "$1" | tr / _)"' _ {} $build \;
cp tests/fuzz/corpus/deck/* $build/corpus/deck/
"$program" info --keys | awk '
    /^[a-z_.]+ / { n = split($1, part, "."); for (i = 1; i <= n; i++) print "\"" part[i] ":\""; print "\"" $1 "=\"" }
    /^  [a-z_]+ / { print "\"" $1 ":\"" }
    { gsub(/[^a-z0-9_ ]/, " "); n = split($0, part, " "); for (i = 1; i <= n; i++) if (length(part[i]) > 2) print "\"" part[i] "\"" }' |
    sort -u >$build/deck.dict

printf 'leak:%s\n' fy_reader_input_open fy_atom_format_text >$build/leaks

for fuzzer in deck hdf5; do
    log=$build/$fuzzer.log options=(-runs="$runs" -timeout=10 -max_len=4096 -print_final_stats=1)
    if [ $fuzzer = hdf5 ]; then
        options+=(-max_total_time=$(((seconds + 1) / 2)))
    else
        options+=(-max_total_time="$seconds" "-dict=$build/deck.dict")
    fi
    if ! OMP_NUM_THREADS=1 ASAN_OPTIONS=fast_unwind_on_malloc=0 LSAN_OPTIONS=suppressions=$build/leaks:print_suppressions=0 $build/tests/fuzz/fuzz_$fuzzer "${options[@]}" -artifact_prefix=$build/findings/ $build/corpus/$fuzzer >$log 2>&1; then
        tail -n 60 $log
        echo "$fuzzer: found something, see $build/findings"
        exit 1
    fi
    awk -v name=$fuzzer '/number_of_executed_units/ { runs = $2 } /average_exec_per_sec/ { speed = $2 } /slowest_unit/ { slowest = $2 }
        END { printf "%s: %d inputs, %d a second, slowest %d s: no crash, no leak\n", name, runs, speed, slowest }' $log
done
