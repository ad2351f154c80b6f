#!/usr/bin/env bash
# Fisher and cross-Fisher information along relaxations in three velocity dimensions: both sides of the bounds of Section 2.4
# in Duong and He (2025), compared with the expected ratios. Ends with a picture. Exit status 1 if a number is off.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
grazing=$(bash "$here/../build.sh")
out=${1:-$here/../../out/fisher}
export OMP_WAIT_POLICY=${OMP_WAIT_POLICY:-passive} # waiting threads leave the processor to others
python=python3
"$python" -c 'import numpy, h5py, matplotlib' 2>/dev/null || python=/usr/bin/python3

runs=()
for gamma in -2 -1 0 1; do
    "$grazing" run --overwrite "$here/homogeneous.yaml" --quiet --out "$out/gamma$gamma" --set model.kernel.gamma=$gamma 2>/dev/null
    runs+=("gamma_$gamma=$out/gamma$gamma")
done
"$grazing" run --overwrite "$here/fuzzy.yaml" --quiet --out "$out/fuzzy" 2>/dev/null
runs+=("1D3V=$out/fuzzy")
"$python" "$here/bounds.py" "$out/overview.png" "${runs[@]}" | tee "$out/table.txt"

# The columns of the expected numbers are run, t, ratio of (2.17), ratio of (2.23).
awk 'NR == FNR { expected[$1 " " $2] = $3 " " $4; next }
    ($1 " " $2) in expected {
        split(expected[$1 " " $2], want, " "); seen++
        for (k = 1; k <= 2; k++) if ($(5 + k) > 1.02 * want[k] || $(5 + k) < 0.98 * want[k]) {
            print $1, "at t =", $2, "has the ratio", $(5 + k), "instead of", want[k]; bad = 1 } }
    END { exit bad || seen != 6 }' - "$out/table.txt" <<'EXPECTED'
gamma_-2 0.00 0.9621 0.1532
gamma_-2 1.00 0.5838 0.1223
gamma_0 0.00 0.9249 0.2499
gamma_1 0.00 0.6854 0.1290
gamma_1 1.00 6.7877 0.3046
1D3V 0.50 1.0515 0.1362
EXPECTED
echo "$out/overview.png"
