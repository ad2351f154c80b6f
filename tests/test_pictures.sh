#!/usr/bin/env bash
# Make small runs of the program, and check the pictures of them with tests/picture_checks.py.
#
#   test_pictures.sh GRAZING SOURCE_DIR
set -euo pipefail
grazing=$(realpath -ms "$1") source_dir=$(realpath -ms "$2")

for python in "${GRAZING_PYTHON:-}" python3 /usr/bin/python3; do
    [ -n "$python" ] && "$python" -c 'import numpy, h5py, matplotlib' 2>/dev/null && break
    python=
done
[ -n "$python" ] || { echo "skipped: no python with numpy, h5py and matplotlib; apt-get install python3-numpy python3-h5py python3-matplotlib"; exit 77; }

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export GOMP_SPINCOUNT=0 OPENBLAS_NUM_THREADS=1

cat >bkw.yaml <<'DECK'
title: small bkw
grid: {v: {nodes: 19, half_width: 5.0}}
initial: [{shape: bkw, time: 0.5}]
time: {dt: 0.1, end: 1.0}
output: {every: 0.1}
DECK
cat >fuzzy.yaml <<'DECK'
title: small fuzzy
model: {space_dim: 1, kernel: {gamma: -1}, kappa: {shape: exponential, k2: 4}}
grid: {x: {cells: 6}, v: {nodes: 13, half_width: 5.5}}
initial: [{temperature: [1, 0.8], mode: 1, density_wave: 0.3, velocity_wave: [0.2, 0]}]
time: {dt: 0.1, end: 0.6}
output: {every: 0.1}
DECK
cat >three.yaml <<'DECK'
title: small 3V
model: {velocity_dim: 3, kernel: {gamma: -3}}
grid: {v: {nodes: 9, half_width: 5.0, order: 4}}
initial: [{temperature: [1, 1.3, 1.3]}]
time: {dt: 0.2, end: 0.4}
output: {every: 0.2}
DECK
"$grazing" run bkw.yaml --out bkw --quiet
"$grazing" run fuzzy.yaml --out fuzzy --quiet
"$grazing" run fuzzy.yaml --out sparse --quiet --set output.density=false
"$grazing" run three.yaml --out three --quiet

# The example that reads result.h5 by itself prints one line with the mass of the last state, and draws a picture.
# matplotlib takes longer to load than to draw, so one interpreter runs the script for all of them.
"$python" -c 'import runpy, sys
script, *runs = sys.argv[1:]
for run in runs:
    sys.argv = [script, run + "/result.h5", run + ".png"]
    runpy.run_path(script, run_name="__main__")' "$source_dir/examples/redraw.py" bkw fuzzy three >redrawn
for run in bkw fuzzy three; do
    read -r said
    awk -F, -v said="$said" '
        NR == 1 { for (i = 1; i <= NF; i++) if ($i == "mass") at = i; next }
        { mass = $at }
        END { sub(/.*mass /, "", said); gap = said / mass - 1; exit !(gap < 1e-11 && gap > -1e-11) }' "$run/history.csv" ||
        { echo "redraw.py: $said, but the mass of $run is another"; exit 1; }
    [ "$(head -c 4 "$run.png" | tail -c 3)" = PNG ] || { echo "redraw.py drew no picture of $run"; exit 1; }
done <redrawn
if "$python" "$source_dir/examples/redraw.py" sparse/result.h5 sparse.png 2>said; then echo "sparse has no f"; exit 1; fi
grep -q 'output.density' said
echo "passed redraw"

# Nobody reads the list of the pictures.
{ "$grazing" plot sparse --out list 2>said || echo $? >status; } | true
if [ "$(cat status)" != 5 ] || [ "$(wc -l <said)" != 1 ] || ! grep -q 'cannot be written to the standard output' said; then
    echo "a closed pipe: $(cat status said)"
    exit 1
fi
echo "passed closed pipe" # picture_checks.py looks whether all pictures were drawn

"$python" "$source_dir/tests/picture_checks.py" "$source_dir/share/grazing/plot.py" bkw fuzzy sparse three list
