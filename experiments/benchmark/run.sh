#!/usr/bin/env bash
# Speed as ratios, which depend less on the machine than seconds do: K apply over bare transforms, two threads over one,
# phases of a step, cost exponents, bytes a node, local stencils against memory. Three minutes on a quiet machine.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
grazing=$(bash "$here/../build.sh")
build=$(dirname "$grazing")
cmake --build "$build" --target benchmark >>"$build/build.log"
"$build/experiments/benchmark"
