#!/usr/bin/env bash
# The local solver of Newton's method in three velocity dimensions: iterations, applications of K and seconds of one
# zero_defect step, with sweeps and with the sparse factor. Exit status 1 if the numbers are worse than they may be.
#   run.sh [FOLDER [NODES..]]    default: out/preconditioners; NODES an axis for the factor, default 13 17
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
grazing=$(bash "$here/../build.sh")
out=${1:-$here/../../out/preconditioners}
factors=("${@:2}")
[ ${#factors[@]} -gt 0 ] || factors=(13 17)
export OMP_WAIT_POLICY=${OMP_WAIT_POLICY:-passive} # waiting threads leave the processor to others
mkdir -p "$out"

# row DATUM GAMMA DT NODES PRECONDITIONER: take one step and print its line of the table
row() {
    "$grazing" run --overwrite "$here/$1.yaml" --quiet --out "$out/run" --set model.kernel.gamma="$2" --set time.dt="$3" --set time.end="$3" \
        --set grid.v.nodes="$4" --set solver.preconditioner="$5" 2>/dev/null
    awk -F, -v line="| $1 | $2 | $3 | $4^3 | $5 |" '
        NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        END { printf "%s %d | %d | %.1f | %d | %.3g | %.1e |\n", line, $at["newton"], $at["cg"], $at["cg"] / $at["newton"],
                     $at["applications"], $at["seconds"], $at["J"] }' "$out/run/history.csv"
}

{
    echo '| datum | gamma | dt | grid | local solver | Newton | CG | CG a Newton step | applications of K | seconds | J |'
    echo '|---|---:|---:|---:|---|---:|---:|---:|---:|---:|---:|'
    for datum in bi_maxwellian bumps; do
        for gamma in 0 -3; do
            for dt in 0.1 1; do
                for nodes in 17 25 33; do row $datum $gamma $dt $nodes sweeps; done
            done
        done
    done
    for gamma in 0 -3; do
        for nodes in "${factors[@]}"; do
            row bi_maxwellian $gamma 0.1 "$nodes" sweeps
            row bi_maxwellian $gamma 0.1 "$nodes" factor
        done
    done
} | tee "$out/table.md"

awk -F'|' '
    $6 ~ /sweeps/ {
        if ($9 > 4) { print "more than 4 CG iterations a Newton step:", $0; bad = 1 }
        if ($10 > 24) { print "more than 24 applications of K:", $0; bad = 1 }
        J = $12 < 0 ? -$12 : $12
        if (J > 1e-13) { print "J is not zero to round-off:", $0; bad = 1 } }
    END { exit bad }' "$out/table.md"
