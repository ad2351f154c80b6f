#!/usr/bin/env bash
# Observed orders in dt and in h; ends with status 1 if one of them is not what it must be. Under a minute.
#
#   run.sh [FOLDER]   default: out/convergence
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
grazing=$(bash "$here/../build.sh")
out=${1:-$here/../../out/convergence}

# ladder NAME DECK ORDER WITHIN ARGUMENT..
ladder() {
    printf '\n== %s: order %s within %s\n' "$1" "$3" "$4"
    "$grazing" converge "$here/$2.yaml" --out "$out/$1" --expect-order "$3" --within "$4" "${@:5}" 2>/dev/null
}

bkw=time.dt=0.125,0.0625,0.03125,0.015625,0.0078125
fuzzy=time.dt=0.1,0.05,0.025,0.0125,0.00625
ladder bkw-zero_defect bkw 2 0.1 --vary $bkw
ladder bkw-jko bkw 1 0.1 --vary $bkw --set time.scheme=jko
ladder fuzzy-zero_defect fuzzy 2 0.1 --vary $fuzzy
ladder fuzzy-jko fuzzy 1 0.1 --vary $fuzzy --set time.scheme=jko
h=(--set time.dt=0.01 --set time.end=0.1 --set grid.v.half_width=7 --vary "grid.v.nodes=33,41,49,57,65")
ladder bkw-h-order2 bkw 2 0.1 "${h[@]}" --set grid.v.order=2
ladder bkw-h-order4 bkw 4 0.2 "${h[@]}" --set grid.v.order=4
ladder bkw-h-order6 bkw 6.5 0.5 "${h[@]}" --set grid.v.order=6
