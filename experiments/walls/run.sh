#!/usr/bin/env bash
# A slab evaporates through walls, with collisions of three strengths. Checks the balances, which count what left, and
# compares the case without collisions with its exact solution. Ends with a picture. Exit status 1 if a number is off.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
grazing=$(bash "$here/../build.sh")
out=${1:-$here/../../out/walls}
export OMP_WAIT_POLICY=${OMP_WAIT_POLICY:-passive} # waiting threads leave the processor to others
python=python3
"$python" -c 'import numpy, h5py, matplotlib' 2>/dev/null || python=/usr/bin/python3

strengths=(1e-9 10 100)
for strength in "${strengths[@]}"; do
    "$grazing" run --overwrite "$here/deck.yaml" --quiet --out "$out/B$strength" --set model.kernel.strength="$strength" 2>/dev/null
done
"$python" "$here/slab.py" "$out" "$out/overview.png" "${strengths[@]}" | tee "$out/table.txt"

# Columns: strength, mass that left, its exact value without collisions, drifts of mass and of energy (counting what left),
# |J|, entropy balance.
awk '
    NR == 1 { next }
    { if ($4 > 1e-13 || $5 > 1e-13) { print "B = " $1 ": drift"; bad = 1 }
      if ($6 > 1e-13) { print "B = " $1 ": |J| = " $6; bad = 1 }
      if ($7 > 1e-12) { print "B = " $1 ": entropy balance " $7; bad = 1 }
      if ($1 == "1e-9" && ($2 - $3 > 1e-3 || $3 - $2 > 1e-3)) { print "free case: " $2 " left, exact " $3; bad = 1 }
      rows++ }
    END { exit bad || rows != 3 }' "$out/table.txt"
echo "$out/overview.png"
