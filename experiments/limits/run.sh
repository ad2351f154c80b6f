#!/usr/bin/env bash
# One problem with kappa ~ exp(-<x/sqrt(sigma)>) for sigma from 0.01 to 100, and its two limits: the homogeneous equation (for
# the x-average) and the classical Landau equation. Ends with a picture. Exit status 1 if a distance does not fall as it must.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
grazing=$(bash "$here/../build.sh")
out=${1:-$here/../../out/limits}
mkdir -p "$out"
out=$(cd "$out" && pwd)
export OMP_WAIT_POLICY=${OMP_WAIT_POLICY:-passive} # waiting threads leave the processor to others
python=python3
"$python" -c 'import numpy, h5py, matplotlib' 2>/dev/null || python=/usr/bin/python3
sigmas=(0.01 0.03 0.1 0.3 1 3 10 30 100)

run() { "$grazing" run --overwrite "$1" --quiet --out "$out/$2" "${@:3}" 2>/dev/null; }
for sigma in "${sigmas[@]}"; do run "$here/deck.yaml" "s$sigma" --set model.kappa.sigma="$sigma"; done
for shape in uniform dirac; do run "$here/deck.yaml" "$shape" --set model.kappa="{shape: $shape}"; done
"$python" "$here/compare.py" average "$out/uniform/result.h5" "$out/datum.h5"
run "$here/homogeneous.yaml" homogeneous --set initial.0.path="$out/datum.h5"
"$python" "$here/compare.py" table "$out" "$out/overview.png" "${sigmas[@]}" | tee "$out/table.txt"

# The distance to the homogeneous equation must fall as sigma grows, at the end like 1/sigma; the distance to the classical
# equation must grow.
awk '
    function complain(text) { print text; bad = 1 }
    $1 == "uniform" { if ($2 > 1e-4) complain("the x-average of kappa = uniform is no homogeneous solution: " $2) }
    $1 + 0 > 0 {
        if (seen++ && $2 >= before) complain("sigma = " $1 ": further from the homogeneous equation")
        if (seen > 1 && $4 <= classical) complain("sigma = " $1 ": nearer to the classical equation")
        before = $2; classical = $4
        if ($1 == 100 && ($3 > -0.9 || $2 > 1e-3)) complain("sigma = 100: " $2 ", order " $3)
        if ($1 == 0.01 && $4 > 0.02) complain("sigma = 0.01: " $4 " from the classical equation")
    }
    END { exit bad || seen != 9 }' "$out/table.txt"
echo "$out/overview.png"
