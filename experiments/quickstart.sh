#!/usr/bin/env bash
# From a fresh machine to a run of the fuzzy Landau equation: installs missing Debian packages, builds into build/release,
# runs experiments/fuzzy_relaxation, and ends with a table and a picture. The results are in out/fuzzy_relaxation.
#
#   experiments/quickstart.sh [OPTIONS OF grazing run]      for example --set time.end=2
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

deck=experiments/fuzzy_relaxation/deck.yaml
out=out/fuzzy_relaxation

bash experiments/install_dependencies.sh
mkdir -p build/release
cmake --preset release -DGRAZING_TESTS=OFF >build/release/build.log
cmake --build build/release -j "$(nproc)" >>build/release/build.log

# It may be called again: a run replaces the one that is there, unless it is to go on with it.
[[ " $* " == *" --restart "* ]] || set -- --overwrite "$@"
build/release/grazing run "$deck" --out "$out" "$@"
build/release/grazing plot "$out"

echo
echo "The entropy falls, mass and energy stay, and every step certifies itself by J = 0 ($out/history.csv):"
echo
# At most 13 rows spread over the run; columns are found by their names, and drifts are relative to row 0.
awk -F, '
    NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
    { for (i = 1; i <= NF; i++) row[NR - 2, i] = $i; last = NR - 2 }
    function drift(n, name) { return row[n, at[name]] / row[0, at[name]] - 1 }
    END {
        printf "%8s %16s %12s %10s %12s %12s %7s %13s\n",
               "time", "H", "D", "J", "mass drift", "energy drift", "Newton", "applications"
        shown = last < 12 ? last : 12
        for (k = 0; k <= shown; k++) {
            n = shown ? int(k * last / shown + 0.5) : 0
            printf "%8.3f %16.10f %12.4e %10.1e %12.1e %12.1e %7d %13d\n", row[n, at["time"]], row[n, at["H"]],
                   row[n, at["D"]], row[n, at["J"]], drift(n, "mass"), drift(n, "energy"), row[n, at["newton"]],
                   row[n, at["applications"]]
        }
    }' "$out/history.csv"
echo
picture=$out/overview.png
test -f "$picture"
echo "picture: $PWD/$picture (more beside it)"
