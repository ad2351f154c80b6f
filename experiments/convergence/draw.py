#!/usr/bin/env python3
"""The picture of this experiment: draw.py FOLDER reads the convergence studies there and writes overview.png"""
import csv
import math
import os
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt


def ladder(folder, name, key):
    """The values of the varied key and the errors, from one run of `grazing converge`."""
    with open(os.path.join(folder, name, "converge.csv"), newline="") as table:
        rows = [row for row in csv.DictReader(table) if math.isfinite(float(row["error_L2"]))]
    return [float(row[key]) for row in rows], [float(row["error_L2"]) for row in rows]


def main():
    folder = sys.argv[1]
    figure, (left, middle, right) = plt.subplots(1, 3, figsize=(12, 4), constrained_layout=True)
    for problem, line in (("bkw", "-"), ("fuzzy", "--")):
        for scheme, colour in (("zero_defect", "C0"), ("jko", "C3")):
            dt, error = ladder(folder, f"{problem}-{scheme}", "time.dt")
            left.loglog(dt, error, line, color=colour, marker="o", ms=4, label=f"{scheme}, {problem}")
    for order, colour in ((2, "C0"), (4, "C1"), (6, "C2"), (8, "C3")):
        for form, line in (("flux", "-"), ("log", "--")):
            nodes, error = ladder(folder, f"bkw-h-{form}-order{order}", "grid.v.nodes")
            middle.loglog([14 / (n - 1) for n in nodes], error, line, color=colour, marker="o", ms=4,
                          label=f"order {order}" if form == "flux" else None)
        with open(os.path.join(folder, f"forms-order{order}.txt")) as table:
            rows = [[float(word) for word in row.split()] for row in table]
        h, difference = [14 / (row[0] - 1) for row in rows], [row[1] for row in rows]
        right.loglog(h, difference, color=colour, marker="o", ms=4, label=f"order {order}")
        right.loglog(h, [0.6 * difference[-1] * (x / h[-1]) ** order for x in h], ":", color=colour)
    left.set(xlabel="dt", ylabel="relative $L^2$ error", title="in dt, against the finest")
    middle.set(xlabel="h", title="in h, against the exact BKW (dashed: log form)")
    right.set(xlabel="h", title="flux form against log form (dotted: $h^p$)")
    for axes in (middle, right):
        axes.set_xticks([0.1, 0.15, 0.2, 0.25], ["0.1", "0.15", "0.2", "0.25"])
        axes.minorticks_off()
        axes.set_ylim(top=2e-2)
    for axes in (left, middle, right):
        axes.grid(alpha=0.3)
        axes.legend(fontsize=7.5)
    figure.savefig(os.path.join(folder, "overview.png"), dpi=110)


main()
