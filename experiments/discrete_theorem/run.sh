#!/usr/bin/env bash
# The discrete theorem on one step: J >= 0 for all feasible pairs, J is zero and quadratic at the zero_defect step, and
# minimising J over (f, U) itself finds this step. Compared with the expected numbers; exit status 1 if one is off.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
grazing=$(bash "$here/../build.sh")
build=$(dirname "$grazing")
cmake --build "$build" --target discrete_theorem >>"$build/build.log"
out=${1:-$here/../../out/discrete_theorem}
mkdir -p "$out"

"$build/experiments/discrete_theorem" "$here/deck.yaml" "$out" | tee "$out/numbers.txt"
awk '
    { value[$1] = $2 }
    function check(name, low, high) {
        if (!(value[name] >= low && value[name] <= high)) {
            printf "%s is %s, expected from %s to %s\n", name, value[name], low, high; bad = 1
        }
    }
    END {
        check("J_of_the_step", -1e-14, 1e-14)
        check("J_of_it_as_a_square", 0, 1e-20)
        check("perturbations_with_positive_J", 10000, 10000)
        check("J_minus_its_square_form", 0, 1e-13)
        check("largest_deviation_from_power_2", 0, 0.01)
        check("descents_that_landed", 4, 4)
        check("their_distance_from_the_step", 0, 1e-9)
        exit bad
    }' "$out/numbers.txt"

python=python3
"$python" -c 'import numpy, matplotlib' 2>/dev/null || python=/usr/bin/python3
"$python" "$here/draw.py" "$out" "$out/overview.png"
echo "picture: $out/overview.png"
