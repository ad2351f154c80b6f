#!/usr/bin/env bash
# Install libgrazing into a scratch prefix, move the prefix, and use both libraries, static and shared, as a stranger would:
# each header alone, a C program through the CMake package and through pkg-config, and the installed program.
#
#   test_install.sh SOURCE_DIR BUILD_DIR C_COMPILER      (ctest calls it; BUILD_DIR is built already)
set -euo pipefail
source_dir=$(realpath -ms "$1") build_dir=$(realpath -ms "$2") cc=$3

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
warnings=(-std=c11 -Wall -Wextra -Wpedantic -Werror)

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

# Run a command, and show its output only if it fails.
quietly() {
    "$@" >"$scratch/log" 2>&1 || { cat "$scratch/log" >&2; fail "$*"; }
}

quietly cmake --install "$build_dir" --prefix "$scratch/first"
prefix=$scratch/moved
mv "$scratch/first" "$prefix"

traces=$(grep -rlaF -e "$source_dir" -e "$build_dir" -e "$scratch" "$prefix" || true)
[ -z "$traces" ] || fail "paths of the build inside installed files:" "$traces"

for header in "$prefix"/include/grazing/*.h; do
    printf "#include <grazing/%s>\nint unit;\n" "$(basename "$header")" >"$scratch/header.c"
    quietly "$cc" "${warnings[@]}" -fsyntax-only -I"$prefix/include" "$scratch/header.c"
done
if command -v c++ >/dev/null; then
    echo "#include <grazing/grazing.h>" >"$scratch/header.cc"
    quietly c++ -std=c++17 -Wall -Werror -fsyntax-only -I"$prefix/include" "$scratch/header.cc"
fi

# use_installation KIND: use the static or the shared library of the prefix.
use_installation() {
    local kind=$1 program flags library=-lgrazing static=()
    quietly cmake -S "$source_dir/tests/consumer" -B "$scratch/$kind/consumer" -DKIND="$kind" -DCMAKE_C_COMPILER="$cc" \
        -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_FLAGS="${warnings[*]:1}"
    quietly cmake --build "$scratch/$kind/consumer"
    "$scratch/$kind/consumer/consumer" || fail "$kind: the consumer built through the CMake package"

    PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name grazing.pc)")
    export PKG_CONFIG_PATH
    [ "$kind" = shared ] || static=(--static) library=-l:libgrazing.a
    read -ra flags <<<"$(pkg-config "${static[@]}" --cflags --libs grazing)"
    flags=("${flags[@]/#-lgrazing/$library}")
    program=$scratch/$kind/with_pkg_config
    quietly "$cc" "${warnings[@]}" "$source_dir/tests/consumer/consumer.c" -o "$program" "${flags[@]}" -lm
    LD_LIBRARY_PATH=$(pkg-config --variable=libdir grazing) "$program" || fail "$kind: the consumer built through pkg-config"

    echo "$kind: fine"
}
use_installation static
use_installation shared

"$prefix/bin/grazing" --version | grep -qF "$(pkg-config --modversion grazing)" || fail "grazing --version"
"$prefix/bin/grazing" plot "$scratch/none" 2>&1 | grep -q 'cannot find' && fail "grazing plot finds no plot.py"
exit 0
