#!/usr/bin/env bash
# Both variational schemes on BKW with 1 to 16 steps: error against the exact solution, observed order, J and work. The errors
# are compared with the expected ones. Ends with a picture of the run with 16 steps. Exit status 1 if a number is off.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
grazing=$(bash "$here/../build.sh")
out=${1:-$here/../../out/bkw}

# scheme, steps, expected relative L2 error
expected="zero_defect 1 1.242e-02
zero_defect 2 3.776e-04
zero_defect 4 1.380e-04
zero_defect 8 3.561e-05
zero_defect 16 8.330e-06
jko 1 5.006e-03
jko 2 2.458e-03
jko 4 1.125e-03
jko 8 5.118e-04
jko 16 2.389e-04"

mkdir -p "$out"
printf '%-12s %5s %11s %11s %7s %10s %14s\n' scheme steps error expected order 'max |J|' 'applications'
while read -r scheme steps error; do
    folder=$out/$scheme-$steps
    "$grazing" run --overwrite "$here/deck.yaml" --quiet --out "$folder" --set time.scheme="$scheme" \
        --set time.dt="$(awk "BEGIN { print 1 / $steps }")" 2>/dev/null
    awk -F, -v scheme="$scheme" -v steps="$steps" -v expected="$error" '
        NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        { J = $at["J"] < 0 ? -$at["J"] : $at["J"]; if (J > worst) worst = J
          error = $at["error"]; applications += $at["applications"] }
        END { print scheme, steps, error, expected, worst, applications / steps }' "$folder/history.csv"
done <<<"$expected" | tee "$out/rows" | awk '
    { order = $1 == scheme ? sprintf("%.2f", log(error / $3) / log(2)) : "-"; scheme = $1; error = $3
      printf "%-12s %5d %11.3e %11.3e %7s %10.1e %14.1f\n", $1, $2, $3, $4, order, $5, $6
      if ($3 > 1.02 * $4 || $3 < 0.98 * $4) { print "    the error is not the expected one"; bad = 1 }
      if ($1 == "zero_defect" && $5 > 1e-13) { print "    J is not zero to round-off"; bad = 1 } }
    END { exit bad }'

# The table of the README.
awk '
    $1 == "zero_defect" { zero_defect[$2] = sprintf("%.3e, %.1e, %.1f", $3, $5, $6); steps[++count] = $2 }
    $1 == "jko" { jko[$2] = sprintf("%.3e", $3) }
    END { print "| steps | `zero_defect`: error, largest \\|J\\|, applications of K a step | `jko`: error |\n|---:|---|---|"
          for (i = 1; i <= count; i++) printf "| %d | %s | %s |\n", steps[i], zero_defect[steps[i]], jko[steps[i]] }' \
    "$out/rows" >"$out/table.md"

"$grazing" plot --overwrite "$out/zero_defect-16"
