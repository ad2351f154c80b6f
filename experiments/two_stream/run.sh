#!/usr/bin/env bash
# Two beams of electrons in their own field (1D2V): growth against linear theory, saturation, with and without fuzzy Coulomb
# collisions; H, J and the energies through it. Exit status 1 if a number is off.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
grazing=$(bash "$here/../build.sh")
out=${1:-$here/../../out/two_stream}
python=python3
"$python" -c 'import numpy, h5py, matplotlib' 2>/dev/null || python=/usr/bin/python3

# go NAME KEY=VALUE..: a run into OUT/NAME
go() {
    local name=$1 settings=()
    for setting in "${@:2}"; do settings+=(--set "$setting"); done
    "$grazing" run --overwrite "$here/deck.yaml" --quiet --out "$out/$name" "${settings[@]}" 2>"$out/$name.log" || { cat "$out/$name.log"; exit 1; }
}

mkdir -p "$out"
go none_ampere model.collisions=none
go none_poisson model.collisions=none model.field.shape=poisson
go weak_ampere
go strong_ampere model.kernel.strength=0.2
"$python" "$here/growth.py" "$out"
