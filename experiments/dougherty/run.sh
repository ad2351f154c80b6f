#!/usr/bin/env bash
# Dougherty's collisions against the exact solution of two beams (ladder.sh says what is checked). Exit status 1 if a number
# is off.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
grazing=$(bash "$here/../build.sh")
out=${1:-$here/../../out/dougherty}

bash "$here/../ladder.sh" "$grazing" "$out" "$here/deck.yaml" 1 "zero_defect 8 1.391e-04
zero_defect 16 3.745e-05
zero_defect 32 9.196e-06
zero_defect4 4 9.776e-05
zero_defect4 8 7.140e-06
jko 8 2.714e-03
jko 16 1.216e-03
jko 32 5.690e-04"

"$grazing" run "$here/deck.yaml" --overwrite --quiet --out "$out/picture" 2>/dev/null
"$grazing" plot --overwrite "$out/picture"
