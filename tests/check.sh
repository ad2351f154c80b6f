#!/usr/bin/env bash
# One check of the source tree. ctest calls it; exit status 77 means skipped, with the reason.
#
#   check.sh CHECK SOURCE_DIR BUILD_DIR
#
#   paths     no file names a home folder or the place of this checkout
#   format    clang-format has nothing to change
#   shell     shellcheck is silent on the scripts
#   symbols   the shared library exports the functions that public headers mark with GZ_API, and nothing else
#   clang     clang builds everything without a warning (gcc, or what CMake found, built the tests already)
#   tidy      clang-tidy with the checks of .clang-tidy is silent on the library and the program
#   cppcheck  cppcheck is silent on the library and the program
#   threads   the thread sanitizer sees no race in a step of tests/consumer (Criterion cannot run under it)
set -euo pipefail
check=$1 source_dir=$2 build_dir=$3
cd "$source_dir"

skip() {
    echo "skipped: $*"
    exit 77
}

need() {
    command -v "$1" >/dev/null || skip "no $1 on this machine"
}

# Files of the project by name pattern: git knows them; an unpacked archive, or a checkout that git refuses to read
# (another owner's), has nothing else outside build and output folders.
files() {
    local pattern
    if [ -e .git ] && git ls-files --cached --others --exclude-standard -- "$@" 2>/dev/null; then return; fi
    for pattern in "$@"; do
        find . -type f -name "$pattern" -not -path './.git/*' -not -path './build*' -not -path './out/*'
    done
}

case $check in
paths)
    # The place of this checkout counts where a path begins, not as the tail of a longer one.
    here=$(printf '%s' "$source_dir" | sed 's/[][\.*^$+?(){}|]/\\&/g')
    if files '*' | tr '\n' '\0' | xargs -0 grep -nIE "/(home|root|Users)/[A-Za-z]|(^|[^A-Za-z0-9_}./-])$here(\$|[^A-Za-z0-9_-])"; then
        echo "these lines name a place on one machine"
        exit 1
    fi
    ;;
format)
    need clang-format
    version=$(clang-format --version | grep -oE '[0-9]+' | head -n 1)
    [ "$version" = 14 ] || skip "clang-format $version formats differently from the project's 14"
    files '*.c' '*.h' | tr '\n' '\0' | xargs -0 clang-format --dry-run --Werror
    ;;
shell)
    need shellcheck
    files '*.sh' | tr '\n' '\0' | xargs -0 shellcheck
    ;;
symbols)
    need nm
    exported=$(nm -D --defined-only "$build_dir/libgrazing.so" | awk 'NF == 3 {print $3}' | sort)
    declared=$(tr '\n' ' ' <<<"$(cat "$build_dir"/include/grazing/*.h)" | grep -oE 'GZ_API [^;(]*\(' | grep -oE 'gz_[a-z0-9_]+\(' | tr -d '(' | sort)
    [ -n "$declared" ] || { echo "no function is marked with GZ_API"; exit 1; }
    diff <(echo "$declared") <(echo "$exported") || { echo "< marked with GZ_API in a public header, > exported"; exit 1; }
    ;;
clang)
    need clang
    echo '#include <omp.h>' | clang -fopenmp -fsyntax-only -x c - 2>/dev/null || skip "clang has no OpenMP here (libomp-dev)"
    cmake -S . -B "$build_dir/clang" -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=Debug -DGRAZING_WERROR=ON
    cmake --build "$build_dir/clang" -j 2
    ;;
tidy)
    need clang-tidy
    need clang
    cmake --preset tidy -B "$build_dir/tidy" -DGRAZING_TESTS=OFF >/dev/null
    log=$build_dir/tidy/build.log
    cmake --build "$build_dir/tidy" -j 2 -- -k >"$log" 2>&1 || { grep -E 'error:|warning:' "$log"; exit 1; }
    ;;
cppcheck)
    need cppcheck
    mapfile -t includes < <(files '*.h' | grep -E '^(discretization|minimizers|src)/' | xargs dirname | sort -u | sed 's/^/-I/')
    includes+=(-I "$build_dir/generated")
    # gz_allocate hands its block over by memcpy, which cppcheck takes for a leak; uninitialised variables are left to
    # the compilers, clang-tidy and valgrind, as cppcheck believes in loops of zero length over the dimension.
    cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
        --suppress=memleak:discretization/context.c --suppress=uninitvar "${includes[@]}" discretization minimizers src
    ;;
threads)
    need clang
    # libarcher tells the sanitizer what OpenMP's barriers order; without it everything looks like a race.
    omp=$(clang -print-resource-dir)/../../libarcher.so
    [ -e "$omp" ] || skip "clang has no libarcher here (libomp-dev)"
    scratch=$(mktemp -d)
    trap 'rm -rf "$scratch"' EXIT
    cmake -S . -B "$build_dir/tsan" -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=RelWithDebInfo -DGRAZING_NATIVE=OFF \
        -DGRAZING_TESTS=OFF -DGRAZING_SANITIZE=thread >/dev/null
    cmake --build "$build_dir/tsan" -j 2 >/dev/null
    bash tests/build_consumer.sh "$build_dir/tsan" "$scratch" clang -fsanitize=thread -fopenmp
    OPENBLAS_NUM_THREADS=1 OMP_TOOL_LIBRARIES=$omp TSAN_OPTIONS=ignore_noninstrumented_modules=1 "$scratch/consumer"
    ;;
*)
    echo "no check named $check" >&2
    exit 2
    ;;
esac
