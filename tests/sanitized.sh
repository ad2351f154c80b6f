#!/usr/bin/env bash
# Under the sanitizers run.sh leaves out the tests with the label "covered". This script checks that the others run every line
# of discretization/, minimizers/ and src/ that these run (gcc and gcov). It prints the lines that only the latter run, with their tests,
# and fails if there are any: such a test does not deserve the label.
#
#   tests/sanitized.sh      builds into build/coverage
set -euo pipefail
export LC_ALL=C
cd "$(dirname "${BASH_SOURCE[0]}")/.."

build=$PWD/build/coverage
cmake -S . -B "$build" -DCMAKE_C_COMPILER=gcc -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS="--coverage -O1" -DGRAZING_NATIVE=OFF >/dev/null
cmake --build "$build" -j "$(nproc)" >/dev/null

# run NAME CTEST_ARGUMENTS..: what these tests execute goes into a folder of this name.
run() {
    rm -rf "${build:?}/counts/$1"
    GCOV_PREFIX=$build/counts/$1 ctest --test-dir "$build" -j "$(nproc)" "${@:2}" | tail -n 8
}
run sanitized -LE 'slow|pictures|covered' -R '^(test|example)_' -E '^test_(check|install|mpi)$'
mapfile -t covered < <(ctest --test-dir "$build" -N -L covered | sed -n 's/^ *Test *#[0-9]*: //p')
for test in "${covered[@]}"; do run "$test" -R "^$test\$"; done

python3 - "$PWD" "$build" "${covered[@]}" <<'PYTHON'
import json, os, subprocess, sys

source, build, *covered = sys.argv[1:]


def executed(name):
    """(file, line) of all lines that were run."""
    lines, decoder = set(), json.JSONDecoder()
    top = os.path.join(build, "counts", name)
    for folder, _, files in os.walk(top):
        counts = [name for name in files if name.endswith(".gcda")]
        for name in counts:  # gcov looks for the notes of the compiler beside the counts
            note = name[:-5] + ".gcno"
            place = os.path.join(folder, note)
            if not os.path.exists(place):
                os.symlink(os.path.join("/", os.path.relpath(folder, top), note), place)
        if not counts:
            continue
        text = subprocess.run(["gcov", "--json-format", "--stdout", *counts], cwd=folder, capture_output=True, text=True).stdout
        for report in text.split("\n"):
            for file in json.loads(report)["files"] if report else []:
                path = os.path.relpath(os.path.join(source, file["file"]), source)
                if path.startswith(("discretization/", "minimizers/", "src/")):
                    lines.update((path, line["line_number"]) for line in file["lines"] if line["count"] > 0)
    return lines


known, lost = executed("sanitized"), {}
for test in covered:
    for line in executed(test) - known:
        lost.setdefault(line, []).append(test)
for (path, line), tests in sorted(lost.items()):
    print(f"{path}:{line}: {' '.join(tests)}")
print(f"{len(known)} lines run under the sanitizers; {len(lost)} only by covered tests")
sys.exit(not known or bool(lost))
PYTHON
