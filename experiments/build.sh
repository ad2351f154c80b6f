#!/usr/bin/env bash
# For the scripts of the experiments: installs missing packages, builds the program into build/release, and prints its path.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
bash experiments/install_dependencies.sh >&2
mkdir -p build/release
{
    cmake --preset release -DGRAZING_TESTS=OFF
    cmake --build build/release -j "$(nproc)"
} >build/release/build.log 2>&1 || { tail -n 40 build/release/build.log >&2; exit 1; }
echo "$PWD/build/release/grazing"
