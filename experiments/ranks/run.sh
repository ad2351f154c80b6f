#!/usr/bin/env bash
# Beyond one machine: what 64 ranks need and send for 3D3V 64^3 x 32^3, and how much faster two ranks are than one on a small
# problem. Each rank has one thread; one and two ranks run in turn, and the shortest time of each counts. A minute and a half.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here/../.."
bash experiments/install_dependencies.sh >&2
build=build/mpi
mkdir -p "$build"
{
    cmake --preset release -B "$build" -DGRAZING_MPI=ON -DGRAZING_TESTS=OFF
    cmake --build "$build" -j "$(nproc)"
} >"$build/build.log" 2>&1 || { tail -n 40 "$build/build.log" >&2; exit 1; }
grazing=$PWD/$build/grazing
export OMP_NUM_THREADS=1 OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1

"$grazing" info "$here/deck.yaml" --ranks 64
echo
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
# A slice of the problem that fits on one machine: one x axis, 17 nodes on each velocity axis, two steps.
small=(--set model.space_dim=1 --set 'grid.x.cells=[16]' --set 'grid.x.length=[1.0]' --set grid.v.nodes=17 --set time.end=0.1
       --set 'initial=[{temperature: [1.0, 0.8, 0.8], mode: [1], density_wave: 0.4}]' --quiet)
repeats=${REPEATS:-7}
for ((i = 0; i < repeats; i++)); do
    for n in 1 2; do
        mpirun --oversubscribe -n "$n" "$grazing" run "$here/deck.yaml" --out "$out/$n" "${small[@]}"
        awk -F, 'NR == 1 { for (k = 1; k <= NF; k++) if ($k == "seconds") c = k } NR > 2 { if (!least || $c < least) least = $c }
                 END { print least }' "$out/$n/history.csv" >>"$out/seconds_$n"
    done
done
paste "$out/seconds_1" "$out/seconds_2" | awk '{ if (!a || $1 < a) a = $1; if (!b || $2 < b) b = $2 }
    END { printf "a step of 16 x 17^3: %.3f s on one rank, %.3f s on two: %.2f times as fast\n", a, b, a / b }'
