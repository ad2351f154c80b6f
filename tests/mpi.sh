#!/usr/bin/env bash
# Build with MPI, and check that several ranks give what one rank gives: mpi.sh SOURCE_DIR BUILD_DIR
# Exit status 77 means that the check was skipped; it prints the reason.
set -euo pipefail
source_dir=$(realpath -ms "$1") build_dir=$(realpath -ms "$2")/mpi

skip() {
    echo "skipped: $1; apt-get install ${*:2}"
    exit 77
}
for tool in mpirun mpicc h5pcc; do
    command -v "$tool" >/dev/null || skip "no $tool on this machine" libopenmpi-dev openmpi-bin libhdf5-openmpi-dev
done
for python in "${GRAZING_PYTHON:-}" python3 /usr/bin/python3; do
    "$python" -c 'import h5py' 2>/dev/null && break
    python=
done
[ -n "$python" ] || skip "no h5py on this machine" python3-h5py

cmake -S "$source_dir" -B "$build_dir" -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_C_FLAGS_RELWITHDEBINFO="-O1 -g1" \
    -DCMAKE_C_FLAGS= -DGRAZING_MPI=ON -DGRAZING_NATIVE=OFF -DGRAZING_WERROR=ON >/dev/null
cmake --build "$build_dir" -j 2 --target grazing-program test_ranks >"$build_dir/build.log" 2>&1 ||
    { tail -n 40 "$build_dir/build.log"; exit 1; }

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# A rank that waits leaves the processor to others.
export OMP_NUM_THREADS=1 OMPI_MCA_mpi_yield_when_idle=1 OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
grazing=$build_dir/grazing
ranks() {
    timeout 600 mpirun --oversubscribe -n "$@"
}
fail() {
    echo "$*"
    exit 1
}

# expect STATUS WORDS COMMAND..: the command ends with this status and says these words once.
expect() {
    local status=0 said
    "${@:3}" >"$scratch/out" 2>"$scratch/err" || status=$?
    said=$(grep -c "$2" "$scratch/err" || true)
    [ "$status" = "$1" ] || fail "'${*:3}' ended with $status, not $1: $(cat "$scratch/err")"
    [ "$said" = 1 ] || fail "'${*:3}' said '$2' $said times: $(cat "$scratch/err")"
}

"$build_dir/tests/test_ranks" write "$scratch/reference"
for n in 1 2 3 4; do ranks "$n" "$build_dir/tests/test_ranks" "$scratch/reference"; done

cd "$scratch"
cat >deck.yaml <<'DECK'
model: {velocity_dim: 2, space_dim: 1, kernel: {shape: power, gamma: -1.0}, kappa: {shape: exponential, k2: 4.0}}
grid: {x: {cells: [7], length: [1.0]}, v: {nodes: 21, half_width: 5.0, order: 6}}
initial: [{shape: maxwellian, temperature: [1.0, 0.77], mode: [1], density_wave: 0.4}]
time: {scheme: zero_defect, dt: 0.1, end: 0.4}
output: {every: 0.2, grazing_rate: true}
DECK

# Runs with f at every output and without, a restart on another number of ranks, and a run from a stored density.
"$grazing" run deck.yaml --out one --set output.grazing_rate=false --quiet
"$grazing" run deck.yaml --out one_last --set output.density=false --set output.grazing_rate=false --quiet
for n in 2 3 4; do
    ranks "$n" "$grazing" run deck.yaml --out "of_$n" --set output.grazing_rate=false --quiet
    "$python" "$source_dir/tests/compare_runs.py" one "of_$n" || fail "$n ranks differ from one"
done
ranks 3 "$grazing" run deck.yaml --out last --set output.density=false --set output.grazing_rate=false --quiet
"$python" "$source_dir/tests/compare_runs.py" one_last last || fail "3 ranks differ from one without output.density"
ranks 2 "$grazing" run deck.yaml --out again --set output.grazing_rate=false --set time.end=0.2 --quiet
ranks 4 "$grazing" run deck.yaml --out again --set output.grazing_rate=false --restart --quiet
"$python" "$source_dir/tests/compare_runs.py" one again || fail "a restart on 4 ranks of a run on 2 differs from one"
# Several ranks agree about what is in a folder.
expect 5 "holds a run up to t = 0.4" ranks 2 "$grazing" run deck.yaml --out again
ranks 3 "$grazing" run deck.yaml --out again --set output.grazing_rate=false --overwrite --quiet
"$python" "$source_dir/tests/compare_runs.py" one again || fail "a run on 3 ranks that replaces another one differs from one"
[ ! -e again/replacement ] || fail "the replacement stayed"
from_file=(--set "initial=[{shape: file, path: one/result.h5, dataset: f}]" --set output.grazing_rate=false --quiet)
"$grazing" run deck.yaml --out from_one "${from_file[@]}"
ranks 3 "$grazing" run deck.yaml --out from_3 "${from_file[@]}"
"$python" "$source_dir/tests/compare_runs.py" from_one from_3 || fail "3 ranks differ from one in a run from a file"
# What every component asks for, and what all cells have of it; cells normalised on whichever rank.
normalised=(--set "initial=[{temperature: 0.6, mode: 1, temperature_wave: 0.5, density_wave: 0.4}, {velocity: 1.3, mode: -2, velocity_wave: 0.7}]"
    --set initial.normalise=true --set grid.v.nodes=13 --set output.grazing_rate=false --quiet)
"$grazing" run deck.yaml --out normal_one "${normalised[@]}"
ranks 3 "$grazing" run deck.yaml --out normal_3 "${normalised[@]}"
"$python" "$source_dir/tests/compare_runs.py" normal_one normal_3 || fail "3 ranks differ from one in a normalised run"
asked() {
    grep -A 1 'asks for' "$1/report.txt" | sed 's/; off by .*before/; before/'
}
[ "$(asked normal_one)" = "$(asked normal_3)" ] || fail "3 ranks ask for something else: $(asked normal_one) $(asked normal_3)"
ranks 2 "$grazing" run deck.yaml --out rates --certify --quiet
"$grazing" info deck.yaml >/dev/null
ranks 2 "$grazing" info deck.yaml >info.txt # not into a pipe, since grep ends early
grep -q 'phase-space nodes *7 cells' info.txt || fail "info on 2 ranks"

# There is one message and one status, whichever rank fails.
expect 5 "none.yaml: No such file" ranks 3 "$grazing" run none.yaml
expect 3 "ranks share the cells" ranks 3 "$grazing" run deck.yaml --set 'grid.x.cells=[2]' --set 'initial=[{}]' --out no
expect 2 "one rank only" ranks 2 "$grazing" compare deck.yaml --methods jko --dt 0.1
expect 2 "one rank only" ranks 2 "$grazing" run deck.yaml --out no --set solver.minimizer=lbfgs
expect 3 "initial.0: the grid has mass .* in cell 4: off by" ranks 3 "$grazing" run deck.yaml --set initial.0.temperature_wave=0.9 \
    --set initial.0.phase=-0.14 --out no
expect 5 "cannot make folder" ranks 2 "$grazing" run deck.yaml --out deck.yaml/no
expect 6 "out of memory" ranks 1 bash -c "ulimit -v 700000; exec '$grazing' run deck.yaml --out no --set grid.v.nodes=601" : \
    -n 1 "$grazing" run deck.yaml --out no --set grid.v.nodes=601
echo "several ranks give what one gives"
