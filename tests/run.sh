#!/usr/bin/env bash
# Install what is missing (Debian packages), build, run every test. The README's test command.
set -euo pipefail
cd "$(dirname "$0")/.."

bash experiments/install_dependencies.sh
cmake -S . -B build/test -DCMAKE_BUILD_TYPE=Release -DGRAZING_WERROR=ON
cmake --build build/test -j "$(nproc)"
ctest --test-dir build/test --output-on-failure -j 1
