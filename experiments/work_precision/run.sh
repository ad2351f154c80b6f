#!/usr/bin/env bash
# Error against work of all methods on the same problem, grid and mobility, one thread. A few minutes.
#
#   run.sh [FOLDER]   default: out/work_precision
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
grazing=$(bash "$here/../build.sh")
out=${1:-$here/../../out/work_precision}

methods=zero_defect,jko,euler@0.0004,ssprk3@0.0005,rk4@0.0005,rk4@0.001,rkl2,arkode_erk,cvode_bdf,cvode_bdf:log
"$grazing" compare "$here/deck.yaml" --methods $methods --dt 0.5,0.25,0.125,0.0625,0.03125 \
    --tolerance 1e-3,1e-4,1e-5 --threads 1 --out "$out"
