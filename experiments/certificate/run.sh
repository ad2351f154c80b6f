#!/usr/bin/env bash
# Certificates of our own runs, of the exact solution, of an explicit solver that is not grazing's, and of a solution of a
# wrong equation, compared with the expected numbers. Ends with a picture. Exit status 1 if a number is off.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
grazing=$(bash "$here/../build.sh")
out=${1:-$here/../../out/certificate}
export OMP_WAIT_POLICY=${OMP_WAIT_POLICY:-passive} # waiting threads leave the processor to others
mkdir -p "$out"
table=$out/table.csv
echo "curve,parameter,J_interval,J_linear,J_cubic,D,along,expected" >"$table"

python=python3
"$python" -c 'import numpy, h5py, matplotlib' 2>/dev/null || python=/usr/bin/python3

# sum COLUMN FILE: the sum of a column of a CSV file
sum() {
    awk -F, -v name="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) at = i; next } { s += $at } END { print s }' "$2"
}

# certify NAME PARAMETER EXPECTED_J CURVE DECK [OPTION]...: certify with both interpolations and add one line to the table
certify() {
    local name=$1 parameter=$2 expected=$3 curve=$4 deck=$5 folder=$out/certificates/$1-$2
    shift 5
    "$grazing" certify --overwrite "$curve" "$deck" --quiet --out "$folder/linear" --interpolation linear --gauss 2 "$@"
    "$grazing" certify --overwrite "$curve" "$deck" --quiet --out "$folder/cubic" "$@"
    local csv=$folder/cubic/certificate.csv
    echo "$name,$parameter,$(sum J_interval "$csv"),$(sum J_curve "$folder/linear/certificate.csv"),$(sum J_curve "$csv")," \
        "$(sum D_curve "$csv"),$(sum product_curve "$csv"),$expected" | tr -d ' ' >>"$table"
}

# own DECK NAME END STEPS EXPECTED [OPTION]...: run the deck with so many steps, then certify the result
own() {
    local deck=$1 name=$2 end=$3 steps=$4 expected=$5 dt
    shift 5
    dt=$(awk "BEGIN { print $end / $steps }")
    "$grazing" run --overwrite "$deck" --quiet --certify --out "$out/runs/$name-$steps" --set time.dt="$dt" "$@" 2>/dev/null
    certify "$name" "$dt" "$expected" "$out/runs/$name-$steps/result.h5" "$deck"
}

own "$here/deck.yaml" zero_defect 0.5 4 3.14e-07
own "$here/deck.yaml" zero_defect 0.5 8 1.75e-08
own "$here/deck.yaml" zero_defect 0.5 16 1.09e-09
own "$here/deck.yaml" zero_defect 0.5 32 1.27e-10
own "$here/deck.yaml" jko 0.5 8 5.58e-06 --set time.scheme=jko
own "$here/deck.yaml" jko 0.5 16 1.56e-06 --set time.scheme=jko
own "$here/fuzzy.yaml" fuzzy 0.2 4 1.06e-05
own "$here/fuzzy.yaml" fuzzy 0.2 8 6.43e-07
own "$here/fuzzy.yaml" fuzzy 0.2 16 5.69e-08

# An explicit solver with our space discretisation: super time stepping in the log form. rk4 in the flux form loses positivity
# in the tail, and a curve that is not positive must be refused, unless a floor lifts it.
for states in 9 17; do
    every=$(awk "BEGIN { print 0.5 / ($states - 1) }")
    "$grazing" run --overwrite "$here/deck.yaml" --quiet --out "$out/runs/rkl2-$states" --set time.scheme=rkl2 --set time.space_form=log \
        --set time.dt=0.003125 --set output.every="$every" 2>/dev/null
    certify rkl2 "33x$states" "$([ "$states" = 9 ] && echo 2.24e-09 || echo 6.74e-11)" "$out/runs/rkl2-$states/result.h5" \
        "$here/deck.yaml"
done
"$grazing" run --overwrite "$here/deck.yaml" --quiet --out "$out/runs/rk4" --set time.scheme=rk4 --set time.dt=0.00015625 --set time.end=0.0625 \
    --set output.every=0.0625 2>/dev/null
if refusal=$("$grazing" certify --overwrite "$out/runs/rk4/result.h5" "$here/deck.yaml" --quiet --out "$out/certificates/rk4" 2>&1); then
    echo "rk4 in the flux form was not refused"
    bad=1
fi
certify rk4 floor 1.84e-06 "$out/runs/rk4/result.h5" "$here/deck.yaml" --floor 1e-8

# outside KIND NODES STATES EXPECTED: make a curve without grazing, then certify it
outside() {
    local curve=$out/$1-$2-$3.h5
    "$python" "$here/make_curves.py" "$1" "$curve" --nodes "$2" --states "$3"
    certify "$1" "$2x$3" "$4" "$curve" "$here/deck.yaml" --set grid.v.nodes="$2"
}

outside exact 33 5 2.28e-07
outside exact 33 9 1.57e-07
outside exact 25 17 2.33e-06
outside exact 33 17 1.56e-07
outside exact 41 17 8.98e-09
outside exact 49 17 8.23e-10
outside explicit 25 9 5.42e-06
outside explicit 33 9 1.22e-06
outside explicit 49 9 2.20e-07

# A wrong equation: for the exact solution with the strength 1 + e, J = e^2/2 int D is expected.
for strength in 0.9 1.1; do
    "$python" "$here/make_curves.py" exact "$out/strength-$strength.h5" --nodes 49 --states 9 --strength "$strength"
    certify strength "$strength" half "$out/strength-$strength.h5" "$here/deck.yaml" --set grid.v.nodes=49 --set grid.v.order=8
done

awk -F, '
    NR == 1 { printf "%-12s %8s %12s %12s %12s %11s %11s\n", "curve", "", "J interval", "J linear", "J cubic", "expected", "too fast"; next }
    { expected = $8 == "half" ? ($2 - 1) ^ 2 / 2 * $6 : $8
      printf "%-12s %8s %12.3e %12.3e %12.3e %11.2e %+10.2f%%\n", $1, $2, $3, $4, $5, expected, 100 * (-$7 / $6 - 1)
      if ($5 > 1.05 * expected || $5 < 0.95 * expected) { print "    J is not the expected one"; bad = 1 } }
    END { exit bad }' "$table" || bad=1
echo "rk4, flux form: $refusal"
for run in "$out"/runs/zero_defect-* "$out"/runs/fuzzy-*; do
    awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "J_least") at = i; next }
        { J = $at < 0 ? -$at : $at; if (!(J < 1e-13)) bad = 1 } END { exit bad }' "$run/history.csv" ||
        { echo "J_least of $run is not zero to round-off"; bad=1; }
done

"$python" "$here/draw.py" "$table" "$out/overview.png"
echo "$out/overview.png"
exit "${bad:-0}"
