#!/usr/bin/env bash
# Orders in h of the collision operator for interaction kernels, and the initial Coulomb rate in 3D, compared with the
# expected ones. Ends with a picture. Exit status 1 if a number is off.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
grazing=$(bash "$here/../build.sh")
build=$(dirname "$grazing")
cmake --build "$build" --target kernels >>"$build/build.log"
out=${1:-$here/../../out/kernels}
export OMP_WAIT_POLICY=${OMP_WAIT_POLICY:-passive} # waiting threads leave the processor to others
mkdir -p "$out"

"$build/experiments/kernels" >"$out/orders.csv"
"$build/experiments/kernels" coulomb >"$out/coulomb.csv"
column -s, -t "$out/orders.csv"
echo
column -s, -t "$out/coulomb.csv"

# The least orders wanted between the last two grids: the stencil has order 8, the near field 6 + d + gamma or more.
awk -F, '
    NR == 1 { next }
    { order[$1 "," $2 "," $3] = $7 }
    END {
        for (key in order) {
            split(key, part, ",")
            least = part[1] == 3 ? 5.5 : part[3] == "power -3" && part[2] == 0 ? 6 : 7
            if (part[3] == "function") least = 2.5
            if (order[key] < least) { printf "%s: order %s, expected at least %s\n", key, order[key], least; bad = 1 }
        }
        exit bad
    }' "$out/orders.csv"
awk -F, '
    { h[$1] = $2; error[$1] = $4 }
    END {
        order = log(error[25] / error[41]) / log(h[25] / h[41])
        printf "\nCoulomb, n = 41: relative error %.2e (at most 3e-4); order from 25 to 41: %.2f (at least 3.5)\n", error[41], order
        exit !(error[41] <= 3e-4 && error[41] < 1e-5 && order >= 5.7)
    }' "$out/coulomb.csv"

python=python3
"$python" -c 'import numpy, matplotlib' 2>/dev/null || python=/usr/bin/python3
"$python" "$here/draw.py" "$out" "$out/overview.png"
echo "picture: $out/overview.png"
