#!/usr/bin/env bash
# Fuzzy Coulomb problems in phase spaces of four to six dimensions: seconds a step, memory beside the estimate of `grazing info`,
# and what every step must keep. Ends with pictures. Exit status 1 if a number is off.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
grazing=$(bash "$here/../build.sh")
out=${1:-$here/../../out/dimensions}
export OMP_WAIT_POLICY=${OMP_WAIT_POLICY:-passive} # waiting threads leave the processor to others
mkdir -p "$out"

# usage COMMAND..: run the command, then print its largest resident memory in MB and its processor seconds
usage() {
    python3 -c '
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stderr=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(used.ru_maxrss * 1.024e-3, used.ru_utime + used.ru_stime)' "$@"
}

printf '%-5s %9s %6s %9s %14s %9s %8s %8s %8s %8s %8s\n' deck nodes steps 's a step' 'processor s' 'K a step' 'max |J|' drift balance \
    'peak MB' 'info MB'
status=0
for name in 1d3v 2d2v 3d3v; do
    estimate=$("$grazing" info "$here/$name.yaml" | awk '$1 == "memory" { print $2 }')
    nodes=$("$grazing" info "$here/$name.yaml" | awk '/^phase-space nodes/ { print $NF }')
    read -r memory seconds <<<"$(usage "$grazing" run --overwrite "$here/$name.yaml" --quiet --out "$out/$name")"
    awk -F, -v name="$name" -v nodes="$nodes" -v memory="$memory" -v processor="$seconds" -v estimate="$estimate" '
        function size(x) { return x < 0 ? -x : x }
        function larger(x, y) { return x > y ? x : y }
        NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        function change(a) { return a in start ? $at["momentum_" a] - start[a] : 0 }
        NR == 2 {
            mass = $at["mass"]; energy = $at["energy"]; H = $at["H"]
            for (a = 1; "momentum_" a in at; a++) start[a] = $at["momentum_" a]
            next }
        { J = larger(J, size($at["J"]))
          drift = larger(drift, size($at["mass"] / mass - 1))
          drift = larger(drift, size($at["energy"] / energy - 1))
          drift = larger(drift, sqrt((change(1) ^ 2 + change(2) ^ 2 + change(3) ^ 2) / (mass * energy)))
          balance = larger(balance, size($at["H"] - H - ($at["J"] - $at["dt"] / 2 * ($at["D_step"] + $at["A"]) + $at["dH_streaming"])))
          if ($at["f_min"] <= 0) bad = 1
          H = $at["H"]; seconds += $at["seconds"]; applications += $at["applications"]; steps++ }
        END {
            printf "%-5s %9d %6d %9.3f %14.3f %9.1f %8.1e %8.1e %8.1e %8.1f %8.1f\n", name, nodes, steps, seconds / steps,
                   processor / steps, applications / steps, J, drift, balance, memory, estimate
            if (J > 1e-13 || drift > 1e-13 || balance > 1e-13) { print "    not to round-off"; bad = 1 }
            if (estimate > 1.2 * memory || estimate < 0.8 * memory) { print "    the estimate of memory is off by more than 20 %"; bad = 1 }
            exit bad
        }' "$out/$name/history.csv" || status=1
done
"$grazing" plot --overwrite "$out/1d3v" "$out/2d2v" --out "$out" >/dev/null
"$grazing" plot --overwrite "$out/1d3v" >/dev/null
echo "pictures: $out"
exit $status
