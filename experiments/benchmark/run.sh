#!/usr/bin/env bash
# Speed as ratios, which depend less on the machine than seconds do: K apply over bare transforms, two threads over one,
# phases of a step, cost exponents, bytes a node, local stencils against memory; then the seconds of a step over those of its
# applications and set-ups of K. Four minutes on a quiet machine.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
grazing=$(bash "$here/../build.sh")
build=$(dirname "$grazing")
cmake --build "$build" --target benchmark step_cost >>"$build/build.log"
"$build/experiments/benchmark"
"$build/experiments/step_cost"
