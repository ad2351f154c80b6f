#!/usr/bin/env bash
# The table of the minimizers: iterations, applications of K and seconds a step on three standard problems, on one thread.
# Exit status 1 if a member fails, leaves |J| above 1e-12, or disagrees with newton. About a minute and a half.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
grazing=$(bash "$here/../build.sh")
build=$(dirname "$grazing")
cmake --build "$build" --target minimizers_benchmark >>"$build/build.log"
OPENBLAS_NUM_THREADS=1 "$build/experiments/minimizers_benchmark" "$here/bkw.yaml" "$here/fuzzy.yaml" "$here/coulomb.yaml"
