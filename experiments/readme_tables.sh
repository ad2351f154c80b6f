#!/usr/bin/env bash
# Makes the tables of the README again; only the experiments write them. A table stands between
#
#   <!-- table NAME -->  and  <!-- end of table -->
#
# and is a copy of out/NAME/table.md, which experiments/NAME/run.sh writes. All tables take half an hour on a quiet machine.
# Seconds differ from machine to machine; everything else should not.
#
#   readme_tables.sh [--insert-only] [NAME..]   default: all tables; --insert-only copies what out/ holds and runs nothing
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
run=true
[ "${1:-}" = --insert-only ] && { run=false; shift; }
names=("$@")
[ ${#names[@]} -gt 0 ] || mapfile -t names < <(sed -n 's/^<!-- table \(.*\) -->$/\1/p' README.md)

for name in "${names[@]}"; do
    grep -q "^<!-- table $name -->\$" README.md || { echo "README.md has no table $name" >&2; exit 2; }
    if $run; then bash "experiments/$name/run.sh"; fi
    awk -v name="$name" -v table="out/$name/table.md" '
        $0 == "<!-- end of table -->" { inside = 0 }
        !inside
        $0 == "<!-- table " name " -->" {
            while ((got = (getline line <table)) > 0) { print line; lines++ }
            if (lines < 3) { print table " holds no table" >"/dev/stderr"; exit 1 }
            inside = 1 }' README.md >out/README.md
    cat out/README.md >README.md
    rm out/README.md
    echo "table $name of README.md is that of out/$name/table.md"
done
