#!/usr/bin/env bash
# Install what is missing, build the program into build/release, and print its path: for the scripts of the experiments.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
bash experiments/install_dependencies.sh >&2
mkdir -p build/release
{
    cmake --preset release -DGRAZING_TESTS=OFF
    cmake --build build/release -j "$(nproc)"
} >build/release/build.log 2>&1 || { tail -n 40 build/release/build.log >&2; exit 1; }
echo "$PWD/build/release/grazing"
