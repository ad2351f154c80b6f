#!/usr/bin/env bash
# The order of zero_defect in dt on grids that do not resolve the tail: stencils of order 4, 6, 8, gamma from -3 to 1, two kernels
# kappa, two grids. Seven minutes on two processors; with --quick the smaller grid and gamma = -1 and 1 only, with --all 17 cells too
# (half an hour). Exit status 1 if an order is off by more than 0.2.
#
#   run.sh [--quick | --all] [FOLDER]   default: out/tail
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
grids=("9 33" "9 41") gammas=(-3 -1 0 1)
case ${1:-} in
--quick) grids=("9 33") gammas=(-1 1) && shift ;;
--all) grids+=("17 33" "17 41") && shift ;;
-*) sed -n 's/^#   //p' "${BASH_SOURCE[0]}" >&2; exit 2 ;;
esac
grazing=$(bash "$here/../build.sh")
export grazing here out=${1:-$here/../../out/tail} OMP_WAIT_POLICY=${OMP_WAIT_POLICY:-passive}
python=python3
"$python" -c 'import numpy, matplotlib' 2>/dev/null || python=/usr/bin/python3

# ladder KAPPA GAMMA ORDER CELLS NODES: the errors of four levels of dt
ladder() {
    local name=$1_$2_$3_$4_$5
    "$grazing" converge --overwrite "$here/deck.yaml" --vary time.dt=0.025,0.0125,0.00625,0.003125 --reference finest --threads 1 --quiet \
        --no-plot --out "$out/$name" --set "model.kappa.shape=$1" --set "model.kernel.gamma=$2" --set "grid.v.order=$3" \
        --set "grid.x.cells=$4" --set "grid.v.nodes=$5" >/dev/null 2>"$out/$name.log" || echo "$name: $(cat "$out/$name.log")"
}
export -f ladder

mkdir -p "$out"
rm -rf "$out"/{exponential,dirac,extrapolated}_*
for grid in "${grids[@]}"; do
    for kappa in exponential dirac; do
        for gamma in "${gammas[@]}"; do
            for order in 4 6 8; do echo "$kappa $gamma $order $grid"; done
        done
    done
done >"$out/ladders"
xargs -P "$(nproc)" -L 1 bash -c 'ladder "$@"' ladder <"$out/ladders"
status=0
"$python" "$here/orders.py" "$out" | tee "$out/table.md" || status=1
"$python" "$here/extrapolated.py" "$grazing" "$here/deck.yaml" "$out" grid.v.half_width=5.5 | tee "$out/extrapolated.md" || status=1
echo "$out/overview.png"
[ $status -eq 0 ]
