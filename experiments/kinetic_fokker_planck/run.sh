#!/usr/bin/env bash
# Collisions with a heat bath against exact solutions: a mode on the torus, and two homogeneous Maxwellians (ladder.sh says what
# is checked), a friction that is wrong by 10 % seen by certify, and the bath's Maxwellian, which stays. Exit status 1 if a
# number is off.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
grazing=$(bash "$here/../build.sh")
out=${1:-$here/../../out/kinetic_fokker_planck}

echo "a mode on the torus"
bash "$here/../ladder.sh" "$grazing" "$out/mode" "$here/deck.yaml" 2 "zero_defect 4 4.807e-03
zero_defect 8 1.086e-03
zero_defect 16 2.618e-04
zero_defect 32 6.256e-05
zero_defect4 4 1.009e-04
zero_defect4 8 8.065e-06
jko 8 1.375e-02
jko 16 6.959e-03
jko 32 3.502e-03"
echo "two Maxwellians"
bash "$here/../ladder.sh" "$grazing" "$out/homogeneous" "$here/ornstein_uhlenbeck.yaml" 1 "zero_defect 8 1.345e-03
zero_defect 16 3.349e-04
zero_defect 32 8.477e-05
zero_defect4 4 6.717e-05
zero_defect4 8 6.623e-06"

# J of a run against the equation of another friction is e^2/2 int D, with e its error relative to the friction asked for.
"$grazing" run "$here/deck.yaml" --overwrite --quiet --out "$out/curve" --set output.every=0.0625 2>/dev/null
for friction in 1 1.1; do
    "$grazing" certify "$out/curve/result.h5" "$here/deck.yaml" --overwrite --out "$out/certificate-$friction" \
        --set model.bath.friction="$friction" 2>/dev/null >"$out/certificate-$friction.txt"
    awk -v friction="$friction" '
        $1 == "interval" { J = $5 } $1 == "int" && !D { D = $4 + 0 }
        END { e = 1 / friction - 1; expected = e * e / 2 * D
              printf "friction %s: J %.4e, expected %.4e\n", friction, J, expected
              exit !(e == 0 ? J < 1e-5 : J > 0.98 * expected && J < 1.02 * expected) }' "$out/certificate-$friction.txt"
done

# The Maxwellian of the bath stays, with any density along x.
"$grazing" run "$here/deck.yaml" --overwrite --quiet --out "$out/rest" --set model.transport=false 2>/dev/null
awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
    { if ($at["error"] > worst) worst = $at["error"] }
    END { printf "the Maxwellian of the bath moves by %.1e\n", worst; exit !(worst < 1e-13) }' "$out/rest/history.csv"

echo "Kramers' equation, a harmonic force in a box, and with a mean field"
python=python3
"$python" -c 'import numpy, h5py' 2>/dev/null || python=/usr/bin/python3
"$python" "$here/kramers.py" "$grazing" "$out/kramers" "$here/kramers.yaml"

"$grazing" run "$here/deck.yaml" --overwrite --quiet --out "$out/picture" 2>/dev/null
"$grazing" plot --overwrite "$out/picture"
