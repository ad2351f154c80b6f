#!/usr/bin/env bash
# Steps from a quarter of the explicit stability limit to 1000 times the limit: which methods survive, with what error and J.
# Two minutes. Exit status 1 if zero_defect fails for any step or its errors are not the expected ones.
#
#   run.sh [FOLDER]   default: out/large_steps
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
grazing=$(bash "$here/../build.sh")
out=${1:-$here/../../out/large_steps}

# grazing info prints "flux form: spectral radius 2096.3; dt at most euler 0.0009541, ..".
limit=$("$grazing" info "$here/deck.yaml" --stability | sed -n 's/.*flux form.* euler \([0-9.e-]*\),.*/\1/p')
end=$(awk "BEGIN { print 1000 * $limit }")
dts=$(awk "BEGIN { for (i = split(\"1000 250 100 25 10 4 2 1 0.25\", m, \" \"); i > 0; i--)
                       printf \"%.8g%s\", m[i] * $limit, (i > 1 ? \",\" : \"\") }")
echo "stability limit of euler: dt = $limit; every run goes to t = $end"
mkdir -p "$out"
echo "$limit" >"$out/limit"
"$grazing" compare --overwrite "$here/deck.yaml" --methods euler,rk4,rkl2,rkl2:log,jko,zero_defect --dt "$dts" \
    --set time.end="$end" --certify --repeat 1 --threads 1 --no-plot --quiet --out "$out" 2>/dev/null

# zero_defect must keep f > 0, let H never rise, and have J = 0 to round-off and the errors of expected.csv (whose first
# column is dt/limit; the rows of compare.csv go from coarse to fine).
python=python3
"$python" -c 'import numpy, matplotlib' 2>/dev/null || python=/usr/bin/python3
"$python" "$here/draw.py" "$out" | tee "$out/table.md"
awk -F, -v limit="$limit" '
    NR == FNR { expected[sprintf("%.3g", $1)] = $2; next }
    FNR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
    $at["method"] == "zero_defect" {
        row++; wanted = expected[sprintf("%.3g", $at["dt"] / limit)]; error = $at["error_L2"]; J = $at["J"] < 0 ? -$at["J"] : $at["J"]
        if ($at["outcome"] != "fine" || J > 1e-12 || error > 1.05 * wanted || error < 0.95 * wanted) {
            printf "zero_defect, dt = %g: error %.3e (expected %.3e), J %.1e, %s\n", $at["dt"], error, wanted, J, $at["outcome"]
            bad = 1 } }
    END { exit bad || row != 9 }' "$here/expected.csv" "$out/compare.csv"
echo "$out/overview.png"
