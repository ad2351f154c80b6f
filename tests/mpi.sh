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
# A rank that waits leaves the processor to others. Ranks of one machine talk through its memory: to look for networks takes
# time at every start.
export OMP_NUM_THREADS=1 OMPI_MCA_mpi_yield_when_idle=1 OMPI_MCA_btl=vader,self OMPI_MCA_pml=ob1
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
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

# Processes that wait for each other must be seen to, so no check may take long.
soon() {
    timeout -k 5 60 mpirun --oversubscribe -n "$@"
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
# Other collisions are local to a cell; the energy of a bath goes on with a restart.
line=(--set model.velocity_dim=1 --set grid.v.nodes=33 --set initial.0.temperature=1 --set output.grazing_rate=false --quiet)
for collisions in "fokker_planck zero_defect4" "dougherty zero_defect" "none rkl2"; do
    read -r kind scheme <<<"$collisions"
    other=("${line[@]}" --set "model.collisions=$kind" --set "time.scheme=$scheme")
    "$grazing" run deck.yaml --out other_one --overwrite "${other[@]}"
    ranks 3 "$grazing" run deck.yaml --out other_3 --overwrite "${other[@]}" --set time.end=0.2
    ranks 2 "$grazing" run deck.yaml --out other_3 --restart "${other[@]}"
    "$python" "$source_dir/tests/compare_runs.py" other_one other_3 || fail "ranks differ from one with $collisions"
done
# Several ranks agree about what is in a folder.
expect 5 "holds a run up to t = 0.4" ranks 2 "$grazing" run deck.yaml --out again
ranks 3 "$grazing" run deck.yaml --out again --set output.grazing_rate=false --overwrite --quiet
"$python" "$source_dir/tests/compare_runs.py" one again || fail "a run on 3 ranks that replaces another one differs from one"
[ ! -e again/replacement ] || fail "the replacement stayed"
from_file=(--set "initial=[{shape: file, path: one/result.h5, dataset: f}]" --set output.grazing_rate=false --quiet)
"$grazing" run deck.yaml --out from_one "${from_file[@]}"
ranks 3 "$grazing" run deck.yaml --out from_3 "${from_file[@]}"
"$python" "$source_dir/tests/compare_runs.py" from_one from_3 || fail "3 ranks differ from one in a run from a file"
mixture=(--set "model.species=[{name: a}, {name: b, mass: 2}]" --set "initial=[{species: a, mode: 1, density_wave: 0.4}, {species: b}]"
    --set output.grazing_rate=false --set time.dt=0.05 --quiet)
"$grazing" run deck.yaml --out mixture_one "${mixture[@]}"
ranks 2 "$grazing" run deck.yaml --out mixture_3 "${mixture[@]}" --set time.end=0.2
ranks 3 "$grazing" run deck.yaml --out mixture_3 "${mixture[@]}" --restart
"$python" "$source_dir/tests/compare_runs.py" mixture_one mixture_3 || fail "a run of two species on 2, then 3 ranks differs from one"
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
# A field is of the density of all cells, and E of ampere is the same on all ranks, also after a restart on others.
field=(--set model.field.shape=ampere --set model.force.shape=cosine --set model.force.strength=0.2 --set model.force.mode=1 --set output.grazing_rate=false --quiet)
"$grazing" run deck.yaml --out field_one "${field[@]}"
ranks 3 "$grazing" run deck.yaml --out field_3 "${field[@]}" --set time.end=0.2
ranks 2 "$grazing" run deck.yaml --out field_3 "${field[@]}" --restart
"$python" "$source_dir/tests/compare_runs.py" field_one field_3 || fail "a run with a field on 3 and 2 ranks differs from one"
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
expect 6 "the limit of address space (ulimit -v) has .* left; reduce grid.v.nodes" ranks 1 bash -c "ulimit -v 700000; exec '$grazing' run deck.yaml --out no --set grid.v.nodes=601" : \
    -n 1 "$grazing" run deck.yaml --out no --set grid.v.nodes=601

# On disks of their own the ranks see other files under the same names: what the first one sees counts.
cat >at_home <<'SCRIPT'
#!/usr/bin/env bash
export OMP_NUM_THREADS=$((1 + OMPI_COMM_WORLD_RANK * 99999)) # too many, but for the first rank
[ "$OMPI_COMM_WORLD_RANK" = 0 ] || export GRAZING_PLANS=guess
cd "$OMPI_COMM_WORLD_RANK" && exec "$@"
SCRIPT
chmod +x at_home
mkdir 0 1 2
sed 's/shape: power, gamma: -1.0/shape: table, path: kernel.txt/; s/, grazing_rate: true//' deck.yaml >0/deck.yaml
sed 's/order: 6/order: 2/; s/end: 0.4/end: 0.6/; s/every: 0.2/every: 0.1/' 0/deck.yaml >1/deck.yaml # 2 has none
printf '0 1\n5 0.5\n20 0.1\n' >0/kernel.txt
printf '0 2\n20 0.7\n' >1/kernel.txt
"$grazing" run 0/deck.yaml --out home_one --quiet
soon 3 ./at_home "$grazing" run deck.yaml --out "$scratch/home_3" --quiet || fail "ranks with decks of their own: $?"
"$python" "$source_dir/tests/compare_runs.py" home_one home_3 || fail "3 ranks with decks of their own differ from one"
soon 1 "$grazing" run 0/deck.yaml --out words_2 --quiet : -n 1 "$grazing" run 0/deck.yaml --out no --set time.end=0.8
"$python" "$source_dir/tests/compare_runs.py" home_one words_2 || fail "2 ranks with words of their own differ from one"
# What each rank must see for itself is compared, and no rank waits for another one.
cp one/result.h5 0/f.h5
cp from_one/result.h5 1/f.h5
from_home=(--set "initial=[{shape: file, path: f.h5, dataset: f}]")
expect 5 "rank 1 has another initial.0.path than the first rank" soon 2 ./at_home "$grazing" run deck.yaml --out "$scratch/no" "${from_home[@]}"
expect 5 "rank 1 has another folder 'local' than the first rank" soon 2 ./at_home "$grazing" run deck.yaml --out local
[ ! -e 0/local ] || fail "a folder that ranks do not share stayed"
"$grazing" run 0/deck.yaml --out 0/stored --set time.end=0.2 --quiet
"$grazing" run 0/deck.yaml --out 1/stored --set time.end=0.1 --quiet
expect 5 "rank 1 has another checkpoint.h5 than the first rank" soon 2 ./at_home "$grazing" run deck.yaml --out stored --restart
commit=$("$grazing" --version | sed -n 's/commit \([^,]*\).*/\1/p')
LC_ALL=C sed "s/$commit/${commit//[0-9a-f]/x}/g" "$grazing" >other_version
chmod +x other_version
expect 2 "start the same program" soon 1 "$grazing" run deck.yaml --out no : -n 1 ./other_version run deck.yaml --out no
[ ! -e no ] || fail "a run that was refused made its folder"

# A signal to mpirun ends all ranks, within a step and with the state saved. mpirun passes it on after 4 s and waits 4 s for the
# ranks; the second that it takes by itself is too short on a busy machine.
long=(--set output.grazing_rate=false --set grid.v.nodes=51 --set time.end=300 --set output.every=0 --quiet)
for signal in TERM INT; do
    mpirun --oversubscribe --mca odls_base_sigkill_timeout 4 -n 2 "$grazing" run deck.yaml --out "$signal" "${long[@]}" 2>err &
    for _ in {1..300}; do
        [ "$(wc -l 2>/dev/null <"$signal/history.csv" || echo 0)" -ge 3 ] && break
        sleep 0.1
    done
    kill "-$signal" $!
    wait $! && fail "$signal to mpirun did not end the run"
    grep -q "interrupted at t = .*saved the state" err || fail "$signal to mpirun: $(cat err)"
    steps=$(tail -n 1 "$signal/history.csv" | cut -d, -f 1)
    ranks 2 "$grazing" run deck.yaml --out "$signal" "${long[@]}" --set "time.end=$(awk "BEGIN {print ($steps + 1) / 10}")" --restart
    [ "$(tail -n 1 "$signal/history.csv" | cut -d, -f 1)" = $((steps + 1)) ] || fail "no restart after $signal"
done
echo "several ranks give what one gives"
