#!/usr/bin/env bash
# Landau damping of a plasma wave with collisions: rate and frequency against the exact eigenvalue (1D1V, Dougherty), and a fuzzy
# Coulomb plasma (1D2V); the field by ampere and by poisson. Exit status 1 if a number is off.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
grazing=$(bash "$here/../build.sh")
out=${1:-$here/../../out/landau_damping}
python=python3
"$python" -c 'import numpy, h5py, matplotlib' 2>/dev/null || python=/usr/bin/python3

# go NAME DECK KEY=VALUE..: a run into OUT/NAME
go() {
    local name=$1 deck=$2 settings=()
    for setting in "${@:3}"; do settings+=(--set "$setting"); done
    "$grazing" run --overwrite "$here/$deck" --quiet --out "$out/$name" "${settings[@]}" 2>"$out/$name.log" || { cat "$out/$name.log"; exit 1; }
}

mkdir -p "$out"
for field in ampere poisson; do
    for rate in 0.05 0.1 0.3; do
        go "${field}_$rate" deck.yaml "model.field.shape=$field" "model.dougherty.rate=$rate"
    done
    go "fuzzy_$field" fuzzy.yaml "model.field.shape=$field"
done
go fuzzy_none fuzzy.yaml model.collisions=none
"$python" "$here/rates.py" "$out"
