#!/usr/bin/env bash
# Observed orders in dt and in h; ends with status 1 if an order is not what it must be. One minute on a quiet core.
#
#   run.sh [FOLDER]   default: out/convergence
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
grazing=$(bash "$here/../build.sh")
out=${1:-$here/../../out/convergence}

# ladder NAME DECK ORDER WITHIN ARGUMENT..: a convergence study whose order must be within WITHIN of ORDER
ladder() {
    printf '\n== %s: order %s within %s\n' "$1" "$3" "$4"
    "$grazing" converge --overwrite "$here/$2.yaml" --out "$out/$1" --expect-order "$3" --within "$4" "${@:5}" 2>/dev/null
}

bkw=time.dt=0.125,0.0625,0.03125,0.015625,0.0078125
fuzzy=time.dt=0.1,0.05,0.025,0.0125,0.00625
ladder bkw-zero_defect bkw 2 0.1 --vary $bkw
ladder bkw-jko bkw 1 0.1 --vary $bkw --set time.scheme=jko
ladder fuzzy-zero_defect fuzzy 2 0.1 --vary $fuzzy
ladder fuzzy-jko fuzzy 1 0.1 --vary $fuzzy --set time.scheme=jko

# Orders in h, against the exact solution, in both space forms. The scheme is rkl2, because its steps are cheap enough to make
# the error in time smaller than the error in space of order 8. The steepness switch is off, because it would lower the order.
# The observed orders approach the orders of the stencils from below.
# in_h FORM ORDER WITHIN DT NODES: one such study
in_h() {
    ladder "bkw-h-$1-order$2" bkw "$2" "$3" --vary "grid.v.nodes=$5" --set time.dt="$4" --set time.end=0.05 \
        --set time.scheme=rkl2 --set time.space_form="$1" --set grid.v.order="$2" --set grid.v.switch=off \
        --set grid.v.half_width=7
}
in_h flux 2 0.1 0.0025 81,97,113,129
in_h flux 4 0.1 0.0025 65,81,97,113
in_h flux 6 0.25 0.001 65,81,97,113
in_h flux 8 0.4 0.00025 65,81,97,113
in_h log 2 0.1 0.0025 57,65,81,97
in_h log 4 0.1 0.0025 57,65,81,97
in_h log 6 0.4 0.001 57,65,81,97
in_h log 8 0.5 0.00025 57,65,81,97

# forms ORDER WITHIN DT: the difference of the two space forms must vanish at the order of the stencil
forms() {
    local of=(--set time.end=0.05 --set time.dt="$3" --set grid.v.order="$1" --set grid.v.switch=off --set grid.v.half_width=7)
    for nodes in 57 65 81 97; do
        local folder=$out/forms-order$1-$nodes
        "$grazing" run --overwrite "$here/bkw.yaml" --quiet --out "$folder" "${of[@]}" --set grid.v.nodes=$nodes \
            --set time.scheme=rkl2 --set time.space_form=log 2>/dev/null
        "$grazing" compare --overwrite "$here/bkw.yaml" --quiet --out "$folder" "${of[@]}" --set grid.v.nodes=$nodes \
            --methods rkl2:flux --dt "$3" --repeat 1 --no-plot --reference "$folder/result.h5" 2>/dev/null
        awk -F, -v nodes=$nodes 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
                                 { print nodes, $at["error_L2"] }' "$folder/compare.csv"
    done | tee "$out/forms-order$1.txt" | awk -v wanted="$1" -v within="$2" '
        NR == 1 { printf "\n== order %d: relative L2 difference of the flux and the log form\n", wanted }
        { order = NR > 1 ? log(before / $2) / log(($1 - 1) / (nodes - 1)) : 0
          printf "%5d %12.3e %8s\n", $1, $2, (NR > 1 ? sprintf("%.2f", order) : "-")
          nodes = $1; before = $2 }
        END { if (order < wanted - within || order > wanted + within) { print "the order is " order; exit 1 } }'
}
forms 2 0.1 0.0025
forms 4 0.15 0.0025
forms 6 0.4 0.001
forms 8 0.6 0.00025

printf '\n== where the error of a run comes from\n'
"$grazing" converge --overwrite "$here/fuzzy.yaml" --budget --out "$out/budget" 2>/dev/null

python=python3
"$python" -c 'import matplotlib' 2>/dev/null || python=/usr/bin/python3
"$python" "$here/draw.py" "$out"
echo "$out/overview.png"
