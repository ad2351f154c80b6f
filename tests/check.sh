#!/usr/bin/env bash
# One check of the source tree, called by ctest. Exit status 77 means that the check was skipped; it prints the reason.
#
#   check.sh CHECK SOURCE_DIR BUILD_DIR
#
#   paths     no file names a home folder or the place of this checkout
#   format    clang-format has nothing to change
#   shell     shellcheck is silent on the scripts
#   symbols   the shared library exports the functions that public headers mark with GZ_API, and nothing else; the library
#             calls no function that ends the process, prints, or changes what belongs to the calling program
#   clang     clang has no warning for the program, tests, examples and experiments (fuzz.sh builds the library with it)
#   tidy      clang-tidy with the checks of .clang-tidy is silent on the library and the program. Its analyzer goes through a
#             loop twice and then once more with everything unknown that the loop can change (widen-loops), and stops at a
#             sixth of its usual number of paths (the preset tidy does neither). So it reaches every block of code that it
#             reaches by default, but for one of table.c, and a sixth of those that it does not, behind loops (debug.Stats)
#   cppcheck  cppcheck is silent on the library and the program
#   threads   the thread sanitizer sees no race in a step of tests/consumer (Criterion cannot run under it)
set -euo pipefail
check=$1 source_dir=$(realpath -ms "$2") build_dir=$(realpath -ms "$3")
cd "$source_dir"

# skip REASON PACKAGE..: skip the check; print the reason and what to install.
skip() {
    echo "skipped: $1; apt-get install ${*:2}"
    exit 77
}

# need TOOL [PACKAGE]
need() {
    command -v "$1" >/dev/null || skip "no $1 on this machine" "${2:-$1}"
}

# The files of the project, by name pattern. git knows them. In an unpacked archive, or a checkout that git refuses to
# read since somebody else owns it, they are all files outside build and output folders.
files() {
    local pattern
    if [ -e .git ] && git ls-files --cached --others --exclude-standard -- "$@" 2>/dev/null; then return; fi
    for pattern in "$@"; do
        find . -type f -name "$pattern" -not -path './.git/*' -not -path './build*' -not -path './out/*'
    done
}

need_openmp() {
    echo '#include <omp.h>' | clang -fopenmp -fsyntax-only -x c - 2>/dev/null || skip "clang has no OpenMP here" libomp-dev
}

case $check in
paths)
    # The place of this checkout is a finding where a path begins with it, but not at the end of a longer path.
    here=$(printf '%s' "$source_dir" | sed 's/[][\.*^$+?(){}|]/\\&/g')
    mapfile -t all < <(files '*')
    [ ${#all[@]} -gt 0 ] || { echo "no file was found"; exit 1; }
    status=0
    grep -nIE "/(home|root|Users)/[A-Za-z]|(^|[^A-Za-z0-9_}./-])$here(\$|[^A-Za-z0-9_-])" -- "${all[@]}" || status=$?
    case $status in
    0) echo "these lines name a place on one machine"; exit 1 ;;
    1) ;; # no line does
    *) echo "grep failed ($status): not every file was looked at"; exit 1 ;;
    esac
    ;;
format)
    need clang-format
    version=$(clang-format --version | grep -oE '[0-9]+' | head -n 1)
    [ "$version" = 14 ] || skip "clang-format $version formats differently from the project's 14" clang-format-14
    files '*.c' '*.h' | tr '\n' '\0' | xargs -0 clang-format --dry-run --Werror
    ;;
shell)
    need shellcheck
    files '*.sh' | tr '\n' '\0' | xargs -0 shellcheck
    ;;
symbols)
    need nm binutils
    exported=$(nm -D --defined-only "$build_dir/libgrazing.so" | awk 'NF == 3 {print $3}' | sort)
    declared=$(tr '\n' ' ' <<<"$(cat "$build_dir"/include/grazing/*.h)" | grep -oE 'GZ_API [^;(]*\(' | grep -oE 'gz_[a-z0-9_]+\(' | tr -d '(' | sort)
    [ -n "$declared" ] || { echo "no function is marked with GZ_API"; exit 1; }
    diff <(echo "$declared") <(echo "$exported") || { echo "< marked with GZ_API in a public header, > exported"; exit 1; }
    # MPI_Abort is what gz_ranks_abort is for.
    called=$(nm --undefined-only "$build_dir/libgrazing.a" | awk 'NF == 2 {sub(/^__/, "", $2); sub(/_chk$/, "", $2); print $2}' |
        grep -xE '_?exit|_Exit|quick_exit|abort|assert_fail|v?printf|puts|putchar|perror|stdout|stderr|setlocale|signal|sigaction|raise|kill|alarm|setenv|putenv|unsetenv|chdir|umask|s?rand|srandom|random|setrlimit|system|popen|fork|atexit|omp_set_.*|openblas_set_.*|fftw_cleanup.*|H5close|H5Eset_auto1' | sort -u || true)
    [ -z "$called" ] || { echo "the library calls what only the program may:" "$called"; exit 1; }
    ;;
clang)
    # clang-tidy with no check of its own (one has to be named) gives clang's warnings, of many files in one process: it takes
    # longer to start clang than to read a test.
    need clang
    need clang-tidy
    need_openmp
    cmake -S . -B "$build_dir/clang" -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS= -DGRAZING_NATIVE=OFF -DGRAZING_WERROR=ON >/dev/null
    python3 -c 'import json, sys
rooms = tuple(sys.argv[2] + room for room in ("/tests", "/examples", "/experiments", "/src/program", "/src/commands"))
files = {entry["file"] for entry in json.load(open(sys.argv[1])) if entry["file"].startswith(rooms)}
if not files: sys.exit("no file was found")
print(*sorted(files), sep="\0", end="\0")' "$build_dir/clang/compile_commands.json" "$source_dir" |
        xargs -0 clang-tidy --quiet --checks='-*,clang-diagnostic-*,misc-static-assert' --warnings-as-errors='*' \
            --header-filter='.*' -p "$build_dir/clang" 2>/dev/null
    ;;
tidy)
    need clang-tidy
    need clang
    need_openmp
    cmake -S . -B "$build_dir/tidy" -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS= -DGRAZING_NATIVE=OFF -DGRAZING_TESTS=OFF >/dev/null
    mapfile -t all < <(files '*.c' | grep -E '^(\./)?(discretization|minimizers|src)/' | grep -vE '_mpi\.c$')
    # tidy FILES_IN_A_PROCESS: read the files of the standard input.
    tidy() {
        tr '\n' '\0' | xargs -0 -P 2 -n "$1" clang-tidy --quiet --warnings-as-errors='*' -p "$build_dir/tidy" \
            --extra-arg={-Xclang,-analyzer-config,-Xclang,widen-loops=true,-Xclang,-analyzer-config,-Xclang,max-nodes=40000} \
            --extra-arg={-Xclang,-analyzer-max-loop,-Xclang,3} 2>/dev/null
    }
    # To start the process takes longer than to read most files. But after its first file it no longer knows va_start.
    grep -lw 'va_list' -- "${all[@]}" | tidy 1
    grep -Lw 'va_list' -- "${all[@]}" | tidy 12
    ;;
cppcheck)
    need cppcheck
    mapfile -t includes < <(files '*.h' | grep -E '^(discretization|minimizers|src)/' | xargs dirname | sort -u | sed 's/^/-I/')
    includes+=(-I "$build_dir/generated")
    # gz_allocate hands its block over by memcpy, which cppcheck takes for a leak. Uninitialised variables are left to the
# compilers, clang-tidy and valgrind, since cppcheck believes that loops over the dimension can have zero length.
    cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
        --suppress=memleak:discretization/context.c --suppress=uninitvar "${includes[@]}" discretization minimizers src
    ;;
threads)
    need clang
    # libarcher tells the sanitizer what OpenMP's barriers order. Without it everything looks like a race.
    omp=$(clang -print-resource-dir)/../../libarcher.so
    [ -e "$omp" ] || skip "clang has no libarcher here" libomp-dev
    echo 'int main(void) { return 0; }' | clang -fsanitize=thread -x c - -o /dev/null 2>/dev/null ||
        skip "clang has no thread sanitizer here" libclang-rt-14-dev
    cmake -S . -B "$build_dir/tsan" -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_C_FLAGS= -DGRAZING_NATIVE=OFF \
        -DCMAKE_C_FLAGS_RELWITHDEBINFO="-O0 -g1" -DGRAZING_SANITIZE=thread >/dev/null
    cmake --build "$build_dir/tsan" -j 2 --target consumer >/dev/null
    OPENBLAS_NUM_THREADS=1 OMP_TOOL_LIBRARIES=$omp TSAN_OPTIONS=ignore_noninstrumented_modules=1 "$build_dir/tsan/tests/consumer"
    ;;
*)
    echo "no check named $check" >&2
    exit 2
    ;;
esac
