#!/usr/bin/env bash
# Runs the deck, checks what must hold, and draws. Exit status 1 if a number is off.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
grazing=$(bash "$here/../build.sh")
out=${1:-$here/../../out/fuzzy_relaxation}

"$grazing" run --overwrite "$here/deck.yaml" --out "$out"
awk -F, '
    function size(x) { return x < 0 ? -x : x }
    function check(name, value, bound) {
        printf "%-34s %10.2e  (at most %.0e)\n", name, value, bound
        if (!(value <= bound)) bad = 1
    }
    NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
    NR == 2 { mass = $at["mass"]; energy = $at["energy"]; H0 = $at["H"] }
    { if (size($at["J"]) > J) J = size($at["J"])
      if (size($at["mass"] / mass - 1) > dm) dm = size($at["mass"] / mass - 1)
      if (size($at["energy"] / energy - 1) > de) de = size($at["energy"] / energy - 1)
      if (size($at["momentum_1"]) > dp) dp = size($at["momentum_1"])
      if (NR > 2) { gap = size($at["H"] - H - ($at["J"] - $at["dt"] / 2 * ($at["D_step"] + $at["A"]) + $at["dH_streaming"]))
                    if (gap > balance) balance = gap }
      H = $at["H"]; D = $at["D"] }
    END {
        check("largest |J| of a step", J, 1e-13)
        check("drift of mass", dm, 1e-13)
        check("drift of energy", de, 1e-13)
        check("momentum (0 at the start)", dp, 1e-13)
        check("entropy balance of the file", balance, 1e-13)
        check("H(end) against the expected", size(H - (EXPECTED_H)), 1e-6)
        exit bad
    }' EXPECTED_H=-2.779079425 "$out/history.csv"
"$grazing" plot --overwrite "$out"
