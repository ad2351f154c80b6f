#!/usr/bin/env bash
# Two species of masses 1 and 4: temperatures and velocities of Maxwell molecules against their exact laws, with 1 to 8 steps
# and on a finer grid, then Coulomb collisions in 3V against the formulas of the NRL Plasma Formulary. Half a minute. Ends with
# a picture. Exit status 1 if a number is off.
#
#   run.sh [FOLDER]   default: out/species
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
grazing=$(bash "$here/../build.sh")
out=${1:-$here/../../out/species}
mkdir -p "$out"

# run NAME DECK SETTING..: run the deck with these settings into the folder NAME
run() {
    local settings=()
    for setting in "${@:3}"; do settings+=(--set "$setting"); done
    "$grazing" run --overwrite "$here/$2" --out "$out/$1" --quiet "${settings[@]}" 2>/dev/null
}

drift=('initial.0.velocity=[0.5, 0]' 'initial.1.velocity=[-0.2, 0]')
for steps in 1 2 4 8; do
    dt=$(awk "BEGIN { print 0.5 / $steps }")
    run "$steps" deck.yaml time.dt="$dt"
    run "drift-$steps" deck.yaml time.dt="$dt" "${drift[@]}"
done
run 97 deck.yaml grid.v.nodes=97
python3 "$here/laws.py" table "$out" | tee "$out/table.txt"

bi_maxwellian=('model.rates=[[1, 0], [0, 3]]' model.species.1.mass=2
    'initial.1={species: heavy, density: 0.7, temperature: [1.3, 1, 1]}')
for dt in 0.02 0.01; do
    end=$(awk "BEGIN { print 2 * $dt }")
    run "heat-$dt" coulomb.yaml time.dt="$dt" time.end="$end"
    run "isotropy-$dt" coulomb.yaml time.dt="$dt" time.end="$end" "${bi_maxwellian[@]}"
done
python3 "$here/laws.py" coulomb "$out" | tee "$out/coulomb.txt"

run long deck.yaml time.end=8 time.dt=0.25 output.every=1 "${drift[@]}"
"$grazing" plot --overwrite "$out/long"
