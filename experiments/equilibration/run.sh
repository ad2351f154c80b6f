#!/usr/bin/env bash
# H(t) of every method near equilibrium, until 1e-12 of the initial distance is left and beyond. Half a minute. Exit status 1
# if a number is off.
#
#   run.sh [FOLDER]   default: out/equilibration
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
grazing=$(bash "$here/../build.sh")
out=${1:-$here/../../out/equilibration}
python=python3
"$python" -c 'import numpy, h5py, matplotlib' 2>/dev/null || python=/usr/bin/python3

# run NAME SETTING..: run the deck with these settings into the folder NAME
run() {
    local settings=()
    for setting in "${@:2}"; do settings+=(--set "$setting"); done
    "$grazing" run --overwrite "$here/deck.yaml" --out "$out/$1" --quiet --threads 1 "${settings[@]}" 2>/dev/null
}

run zero_defect
run zero_defect-0.2 time.dt=0.2
run jko time.scheme=jko
run rkl2 time.scheme=rkl2
run rkl2-log time.scheme=rkl2 time.space_form=log
run rk4 time.scheme=rk4 time.dt=0.00125
run cvode_bdf time.scheme=cvode_bdf time.tolerance=1e-8
run cvode_bdf-log time.scheme=cvode_bdf time.tolerance=1e-8 time.space_form=log

runs=("$out"/{zero_defect,zero_defect-0.2,jko,rkl2,rkl2-log,rk4,cvode_bdf,cvode_bdf-log})
"$grazing" plot --overwrite --quiet --out "$out" "$out"/{zero_defect,zero_defect-0.2,jko,rkl2,rkl2-log,cvode_bdf-log}
echo "$out/relaxation.png"
"$python" "$here/table.py" "${runs[@]}" | tee "$out/table.md"
