#!/usr/bin/env bash
# One implicit step of the homogeneous Coulomb problem in three velocity dimensions, by this program and by PETSc's Landau
# operator. Prints a table of nodes, relative error of the initial rate of T_1, seconds a step, and Newton iterations.
#
#   run.sh [OUT]     environment: PETSC_SOURCE=DIR, a PETSc 3.18 source tree; without it Debian's is downloaded
#
# PETSc is used for this comparison only. Debian's library is built for two velocity dimensions (cylindrical symmetry), so
# the source file of the operator is compiled again for three dimensions and linked in front of the library.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=${1:-$here/../../out/petsc}
grazing=$(bash "$here/../build.sh")
mkdir -p "$out"
out=$(cd "$out" && pwd)
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-2} OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1

row() {
    printf '%-26s %8s %10s %10s %8s\n' "$@"
}
row program nodes error seconds Newton

column() { # NAME ROW FILE: the value in a column and row of a history.csv; row 0 is the initial state
    awk -F, -v name="$1" -v row="$2" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) at = i }
        NR == row + 2 { print $at }' "$3"
}

for n in 17 25 33; do
    # The initial rate in the space form that zero_defect solves, measured by one short explicit step.
    "$grazing" run --overwrite "$here/deck.yaml" --quiet --out "$out/rate" --set grid.v.nodes=$n --set time.scheme=ssprk3 \
        --set time.space_form=log --set time.dt=1e-5 --set time.end=1e-5
    "$grazing" run --overwrite "$here/deck.yaml" --quiet --out "$out/step" --set grid.v.nodes=$n
    error=$(awk -v a="$(column P_11 0 "$out/rate/history.csv")" -v b="$(column P_11 1 "$out/rate/history.csv")" \
        -v m="$(column mass 0 "$out/rate/history.csv")" \
        'BEGIN { e = (b - a) / m / 1e-5 / 0.071687488 - 1; printf "%.1e", e < 0 ? -e : e }')
    seconds=$(column seconds 1 "$out/step/history.csv")
    row "grazing, zero_defect" $((n * n * n)) "$error" "$(printf '%.3g' "$seconds")" "$(column newton 1 "$out/step/history.csv")"
done

if ! { command -v mpicc && pkg-config --exists petsc; } >/dev/null; then
    echo "no mpicc or no PETSc here (Debian: libopenmpi-dev petsc-dev); its rows are left out"
    exit 0
fi
source=${PETSC_SOURCE:-}
if [ -z "$source" ]; then
    # Get Debian's source package without changing the list of sources of this machine.
    apt=$out/apt
    mkdir -p "$apt/lists/partial" "$apt/parts"
    sed 's/^Types:.*/Types: deb-src/' /etc/apt/sources.list.d/*.sources >"$apt/parts/source.sources"
    options=(-o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$apt/parts" -o Dir::State::lists="$apt/lists")
    (
        cd "$apt"
        apt-get "${options[@]}" update
        apt-get "${options[@]}" source --download-only petsc
        tar xf petsc_*.orig.tar.xz
    ) >"$apt/log" 2>&1 || { tail -n 5 "$apt/log"; echo "no PETSc source; set PETSC_SOURCE"; exit 1; }
    source=$(find "$apt" -maxdepth 1 -type d -name 'petsc*' | head -n 1)
fi
printf '#include <petscconf.h>\n#undef PETSC_USE_DMLANDAU_2D\n' >"$out/three_dimensions.h"
mkdir -p "$out/include" # plexland.c includes a file relative to PETSc's include folder
ln -sfn "$(cd "$source" && pwd)/src" "$out/src"
read -ra flags <<<"$(pkg-config --cflags --libs petsc)"
mpicc -O3 -march=native -fopenmp -include "$out/three_dimensions.h" -I"$out/include" "$here/petsc_landau.c" \
    "$source/src/ts/utils/dmplexlandau/plexland.c" -o "$out/petsc_landau" "${flags[@]}" -lm

for cells in 4 6 8; do
    read -r _ nodes error seconds newton <<<"$("$out/petsc_landau" -dm_landau_device_type cpu \
        -dm_landau_num_species_grid 1 -dm_landau_num_cells $cells,$cells,$cells -dm_landau_domain_radius 5 \
        -dm_landau_thermal_temps 1 -dm_landau_n 1 -dm_landau_verbose 0 -petscspace_degree 2 -petscspace_poly_tensor 1 \
        -ts_type beuler -ts_dt 0.1 -ts_max_steps 1 -snes_rtol 1e-10 -snes_stol 0 -ksp_type preonly -pc_type lu |
        grep '^PETSc')"
    row "PETSc, backward Euler" "$nodes" "$error" "$seconds" "$newton"
done
