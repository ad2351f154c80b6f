#!/usr/bin/env bash
# Problems with known answers (doc/cases.md): a table of exact and computed numbers, and a picture. Exit status 1 if an error
# is above its bound.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
grazing=$(bash "$here/../build.sh")
build=$(dirname "$grazing")
cmake --build "$build" --target cases >>"$build/build.log"
out=${1:-$here/../../out/cases}
mkdir -p "$out"
export OMP_WAIT_POLICY=${OMP_WAIT_POLICY:-passive} # waiting threads leave the processor to others
python=python3
"$python" -c 'import numpy, matplotlib' 2>/dev/null || python=/usr/bin/python3

status=0
"$build/experiments/cases" "$out/curves.csv" | tee "$out/table.md" || status=1
"$python" "$here/draw.py" "$out/curves.csv" "$out/table.md" "$out/overview.png"
echo "picture: $out/overview.png"
exit $status
