#!/usr/bin/env bash
# Ladders in dt against an exact solution: ladder.sh GRAZING OUT DECK END EXPECTED, with a line "scheme steps error" each in
# EXPECTED. Prints error, order, and from history.csv the largest |J|, the drift of mass and of energy (twice that of a bath
# included), and the largest rise of the free energy in a collision. Exit status 1 if an error is off by 2 %, |J| of a scheme
# with J = 0 or a drift is above 1e-13 of the mass or the energy, or the free energy rises by more than 1e-13.
set -euo pipefail
grazing=$1 out=$2 deck=$3 end=$4 expected=$5
mkdir -p "$out"
printf '%-12s %5s %11s %11s %6s %9s %9s %9s %9s\n' scheme steps error expected order 'max |J|' mass energy rise
while read -r scheme steps error; do
    folder=$out/$scheme-$steps
    "$grazing" run --overwrite "$deck" --quiet --out "$folder" --set time.scheme="$scheme" \
        --set time.dt="$(awk "BEGIN { printf \"%.17g\", $end / $steps }")" --set output.every=0 2>/dev/null
    theta=$(awk -F'[:,}]' '/^ *bath:/ { print $(NF - 1) + 0 }' "$deck")
    awk -F, -v scheme="$scheme" -v steps="$steps" -v expected="$error" -v theta="$theta" '
        function size(x) { return x < 0 ? -x : x }
        NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; bath = "bath_energy" in at; next }
        { energy = $at["energy"] + (bath ? 2 * $at["bath_energy"] : 0); F = $at["H"] - (bath ? $at["bath_energy"] / theta : 0) }
        NR == 2 { mass0 = $at["mass"]; energy0 = energy }
        NR > 2 { if (F - before - $at["dH_streaming"] > rise) rise = F - before - $at["dH_streaming"] }
        { if (size($at["J"]) > worst) worst = size($at["J"])
          if (size($at["mass"] / mass0 - 1) > mass) mass = size($at["mass"] / mass0 - 1)
          if (size(energy / energy0 - 1) > drift) drift = size(energy / energy0 - 1)
          before = F; error = $at["error"] }
        END { print scheme, steps, error, expected, worst / mass0, mass + 0, drift + 0, rise + 0 }' "$folder/history.csv"
done <<<"$expected" | awk '
    { order = $1 == scheme ? sprintf("%.2f", log(error / $3) / log($2 / steps)) : "-"; scheme = $1; steps = $2; error = $3
      printf "%-12s %5d %11.3e %11.3e %6s %9.1e %9.1e %9.1e %9.1e\n", $1, $2, $3, $4, order, $5, $6, $7, $8
      if ($3 > 1.02 * $4 || $3 < 0.98 * $4) { print "    the error is not the expected one"; bad = 1 }
      if ($1 ~ /^zero_defect/ && $5 > 1e-13) { print "    J is not zero to round-off"; bad = 1 }
      if ($6 > 1e-13 || $7 > 1e-13) { print "    mass or energy is not kept"; bad = 1 }
      if ($8 > 1e-13) { print "    the free energy rises in a collision"; bad = 1 } }
    END { exit bad }'
