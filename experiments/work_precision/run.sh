#!/usr/bin/env bash
# Error against work of all methods on three problems, with one thread and the same mobility for all. Some minutes; set REPEAT
# to repeat each timing more or less often.
#
#   run.sh [FOLDER]   default: out/work_precision
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
grazing=$(bash "$here/../build.sh")
out=${1:-$here/../../out/work_precision}

# compare NAME ARGUMENT..: one problem with all its methods
compare() {
    printf '\n== %s\n' "$1"
    "$grazing" compare --overwrite "$here/$1.yaml" --threads 1 --repeat "${REPEAT:-3}" --out "$out/$1" "${@:2}" 2>/dev/null
}

compare bkw --at-error 1e-4 --dt 0.5,0.25,0.125,0.0625,0.03125 --tolerance 1e-2,1e-3,1e-4,1e-5 \
    --methods zero_defect4,zero_defect,jko,euler@0.0004,ssprk3@0.0005,rk4@0.0005,rk4@0.001,rkl2,rkl2:log,arkode_erk,cvode_bdf,cvode_bdf:log
compare fuzzy --at-error 3e-4 --reference forms --dt 0.1,0.05,0.025,0.0125 \
    --methods zero_defect4,zero_defect,jko,euler@0.008,ssprk3@0.01,rk4@0.0125,rk4@0.02,rkl2,rkl2:log@0.0125,cvode_bdf,cvode_bdf:log@0.05
compare coulomb --at-error 1e-4 --reference forms --dt 0.5,0.25,0.125,0.0625 --tolerance 1e-2,1e-3,1e-4,1e-5 \
    --methods zero_defect4,zero_defect,jko,euler@0.07,ssprk3@0.09,rk4@0.1,rk4@0.15,rkl2,rkl2:log,arkode_erk,cvode_bdf,cvode_bdf:log

echo
python=python3
"$python" -c 'import numpy, matplotlib' 2>/dev/null || python=/usr/bin/python3
"$python" "$here/table.py" "$out" | tee "$out/table.md"
