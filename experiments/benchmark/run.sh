#!/usr/bin/env bash
# Speed in ratios that a machine takes with itself: K apply over bare transforms, two threads over one, phases of a step,
# cost exponents, bytes a node, the local stencils against the rate of memory. Three minutes on a quiet machine.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
grazing=$(bash "$here/../build.sh")
build=$(dirname "$grazing")
cmake --build "$build" --target benchmark >>"$build/build.log"
"$build/experiments/benchmark"
