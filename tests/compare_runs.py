#!/usr/bin/env python3
"""Compare two result folders of one deck: compare_runs.py A B. The exit status is 1 if they differ by more than 1e-12.

history.csv: every column except the seconds must agree, relative to the larger of mass and energy; counts must be equal.
result.h5: datasets, shapes and axes must be equal, and values must agree relative to the largest value.
"""
import csv
import sys

import h5py
import numpy as np

SAME = 1e-12
EXACT = ("step", "time", "dt", "newton", "cg", "applications")
a, b = sys.argv[1:3]
failures = 0


def check(name, difference, bound):
    global failures
    if not difference <= bound:
        failures += 1
        print(f"{name} differs by {difference:.1e}, allowed {bound:.1e}")


def table(folder):
    with open(folder + "/history.csv", newline="") as file:
        rows = list(csv.reader(file))
    return rows[0], np.array(rows[1:], float)


names, A = table(a)
others, B = table(b)
if names != others or A.shape != B.shape:
    sys.exit(f"history.csv: {A.shape} against {B.shape}")
scale = max(A[0, names.index("mass")], A[0, names.index("energy")])
for k, name in enumerate(names):
    if name == "seconds":
        continue
    if not np.array_equal(np.isnan(A[:, k]), np.isnan(B[:, k])):
        sys.exit(f"history.csv: {name} has nan elsewhere")
    difference = np.nanmax(np.abs(A[:, k] - B[:, k]), initial=0)
    check(name, difference, 0 if name in EXACT else SAME * scale)

with h5py.File(a + "/result.h5") as X, h5py.File(b + "/result.h5") as Y:
    if sorted(X) != sorted(Y):
        sys.exit(f"result.h5: {sorted(X)} against {sorted(Y)}")
    for name in X:
        x, y = X[name], Y[name]
        if x.shape != y.shape or [len(d) for d in x.dims] != [len(d) for d in y.dims]:
            sys.exit(f"result.h5: {name} {x.shape} against {y.shape}")
        x, y = x[...], y[...]
        if x.dtype.kind == "O":  # names of species
            check(f"result.h5: {name}", float((x != y).any()), 0)
            continue
        if not np.array_equal(np.isnan(x), np.isnan(y)):
            sys.exit(f"result.h5: {name} has NaN elsewhere")
        check(name, np.nanmax(np.abs(x - y), initial=0), SAME * np.nanmax(np.abs(x), initial=0))
sys.exit(1 if failures else 0)
