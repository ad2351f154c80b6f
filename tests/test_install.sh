#!/usr/bin/env bash
# Install libgrazing, static and shared, into a scratch prefix, move the prefix, and use it as a stranger would:
# every header alone, a C program through the CMake package and through pkg-config, the installed program.
#
#   test_install.sh SOURCE_DIR BUILD_DIR C_COMPILER      (ctest calls it; BUILD_DIR is built already)
set -euo pipefail
source_dir=$1 build_dir=$2 cc=$3

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
warnings=(-std=c11 -Wall -Wextra -Wpedantic -Werror)

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

# Run a command quietly; show what it said only if it fails.
quietly() {
    "$@" >"$scratch/log" 2>&1 || { cat "$scratch/log" >&2; fail "$*"; }
}

# use_installation KIND BUILD: install BUILD (static | shared) and consume it.
use_installation() {
    local kind=$1 build=$2 prefix=$scratch/$1/moved header program static=()
    quietly cmake --install "$build" --prefix "$scratch/$kind/first"
    mv "$scratch/$kind/first" "$prefix"

    local traces
    traces=$(grep -rlaF -e "$source_dir" -e "$build" -e "$scratch" "$prefix" || true)
    [ -z "$traces" ] || fail "$kind: paths of the build inside installed files:" "$traces"

    for header in "$prefix"/include/grazing/*.h; do
        printf "#include <grazing/%s>\nint unit;\n" "$(basename "$header")" >"$scratch/header.c"
        quietly "$cc" "${warnings[@]}" -fsyntax-only -I"$prefix/include" "$scratch/header.c"
    done
    if command -v c++ >/dev/null; then
        echo "#include <grazing/grazing.h>" >"$scratch/header.cc"
        quietly c++ -std=c++17 -Wall -Werror -fsyntax-only -I"$prefix/include" "$scratch/header.cc"
    fi

    quietly cmake -S "$source_dir/tests/consumer" -B "$scratch/$kind/consumer" -DCMAKE_C_COMPILER="$cc" \
        -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_FLAGS="${warnings[*]:1}"
    quietly cmake --build "$scratch/$kind/consumer"
    "$scratch/$kind/consumer/consumer" || fail "$kind: the consumer built through the CMake package"

    PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name grazing.pc)")
    export PKG_CONFIG_PATH
    [ "$kind" = shared ] || static=(--static)
    local flags
    read -ra flags <<<"$(pkg-config "${static[@]}" --cflags --libs grazing)"
    program=$scratch/$kind/with_pkg_config
    quietly "$cc" "${warnings[@]}" "$source_dir/tests/consumer/consumer.c" -o "$program" "${flags[@]}" -lm
    LD_LIBRARY_PATH=$(pkg-config --variable=libdir grazing) "$program" || fail "$kind: the consumer built through pkg-config"

    "$prefix/bin/grazing" --version | grep -qF "$(pkg-config --modversion grazing)" || fail "$kind: grazing --version"
    "$prefix/bin/grazing" plot "$scratch/none" 2>&1 | grep -q 'cannot find' && fail "$kind: grazing plot finds no plot.py"
    echo "$kind: fine"
}

# The build at hand is of one kind; the other is built beside it.
kind=static other=shared
if grep -q '^BUILD_SHARED_LIBS:BOOL=ON' "$build_dir/CMakeCache.txt"; then kind=shared other=static; fi
use_installation $kind "$build_dir"

shared=OFF
if [ $other = shared ]; then shared=ON; fi
quietly cmake -S "$source_dir" -B "$build_dir/$other" -DCMAKE_C_COMPILER="$cc" -DCMAKE_BUILD_TYPE=Release \
    -DBUILD_SHARED_LIBS=$shared -DGRAZING_TESTS=OFF
quietly cmake --build "$build_dir/$other" -j 2
use_installation $other "$build_dir/$other"
