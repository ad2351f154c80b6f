#!/usr/bin/env bash
# Error against work of all methods on five problems, with one thread and the same mobility for all. Twenty minutes; set
# REPEAT to repeat each timing more or less often.
#
#   run.sh [FOLDER]   default: out/work_precision
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
grazing=$(bash "$here/../build.sh")
out=${1:-$here/../../out/work_precision}

# compare NAME DTS TOLERANCES METHODS: one problem. Each space form has a reference of its own, so that errors are those of time.
compare() {
    printf '\n== %s\n' "$1"
    "$grazing" compare --overwrite "$here/$1.yaml" --threads 1 --repeat "${REPEAT:-3}" --out "$out/$1" --reference forms \
        --at-error 1e-3,1e-4,1e-6 --dt "$2" --tolerance "$3" --methods "$4" 2>/dev/null
}

# Without transport the rivals choose their steps over the whole time.
tolerances=1e-1,1e-2,1e-3,1e-4,1e-5,1e-6,1e-7
rivals=rkl2,rkl2_adaptive,arkode_erk,cvode_bdf,arkode_dirk:3,arkode_dirk:4,arkode_dirk:5
positive=rkl2:log,rkl2_adaptive:log,cvode_bdf:log,arkode_dirk:log:3,arkode_dirk:log:4,arkode_dirk:log:5
compare bkw 0.5,0.333333333333333,0.25,0.125,0.0625,0.03125,0.015625 "$tolerances" \
    "zero_defect4,zero_defect,ssprk3@0.0005,rk4@0.0005,$rivals,$positive"
compare coulomb 1,0.666666666666667,0.5,0.25,0.125,0.0625,0.03125,0.015625 "$tolerances" \
    "zero_defect4,zero_defect,ssprk3@0.09,rk4@0.1,rk4@0.15,$rivals,$positive"
compare coulomb3d 2,1,0.5,0.25,0.125,0.0625 "$tolerances" "zero_defect4,zero_defect,ssprk3@0.1,rk4@0.15,$rivals,$positive"
# With transport the splitting limits dt too: rows for pairs of dt and tolerance.
explicit=rkl2,rkl2_adaptive,rkl2_adaptive:log,ssprk3@0.01,ssprk3@0.005,ssprk3@0.0035,ssprk3@0.0025,rk4@0.01
implicit=cvode_bdf@0.1,cvode_bdf@0.05,cvode_bdf@0.0125,cvode_bdf:log@0.05,cvode_bdf:log@0.0125,arkode_dirk:3@0.1,arkode_dirk:3@0.05,arkode_dirk:3@0.0125
for problem in fuzzy two_stream; do
    compare "$problem" 0.25,0.166666666666667,0.1,0.05,0.025,0.0125,0.005,0.002 1e-2,1e-4 \
        "zero_defect4,zero_defect,$explicit,$implicit"
done

echo
python=python3
"$python" -c 'import numpy, matplotlib' 2>/dev/null || python=/usr/bin/python3
"$python" "$here/table.py" "$out"
