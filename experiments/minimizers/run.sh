#!/usr/bin/env bash
# The table of the minimizers: iterations, applications of K and seconds a step on three standard problems, on one thread.
# Exit status 1 if a minimizer fails, leaves |J| above 1e-12, or disagrees with newton. About a minute and a half.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
grazing=$(bash "$here/../build.sh")
build=$(dirname "$grazing")
cmake --build "$build" --target minimizers_benchmark >>"$build/build.log"
out=${1:-$here/../../out/minimizers}
mkdir -p "$out"
OPENBLAS_NUM_THREADS=1 "$build/experiments/minimizers_benchmark" "$here/bkw.yaml" "$here/fuzzy.yaml" "$here/coulomb.yaml" | tee "$out/rows.md"

# The table of the README: a row for each minimizer, a column for each problem.
awk -F ' *[|] *' '
    BEGIN { split("every size, the default|a check without linear systems|the same|up to some 5000 nodes, the spectrum|" \
                  "up to some 1000 nodes, U as an unknown", purpose, "|") }
    NR > 2 && NF > 6 { if (!($2 in seen)) { seen[$2] = 1; problem[++problems] = $2 }
             if (!($3 in known)) { known[$3] = 1; name[++names] = $3 }
             cell[$2, $3] = $6 == "" ? $7 : sprintf("%s, %s s", $6 < 10 && $3 == "full_space" ? "on pairs" : int($6 + 0.5), $7) }
    END { printf "| minimizer | for |"; for (p = 1; p <= problems; p++) printf " %s |", problem[p]
          printf "\n|---|---|"; for (p = 1; p <= problems; p++) printf "---:|"
          for (n = 1; n <= names; n++) { printf "\n| `%s` | %s |", name[n], purpose[n]
              for (p = 1; p <= problems; p++) printf " %s |", cell[problem[p], name[n]] }
          print "" }' "$out/rows.md" >"$out/table.md"
