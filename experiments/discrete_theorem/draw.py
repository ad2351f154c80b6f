#!/usr/bin/env python3
"""The picture of this experiment: draw.py FOLDER PICTURE.png"""
import csv
import os
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt


def read(folder, name):
    with open(os.path.join(folder, name), newline="") as table:
        return list(csv.DictReader(table))


def main():
    folder, picture = sys.argv[1:]
    figure, (left, middle, right) = plt.subplots(1, 3, figsize=(12, 3.9), constrained_layout=True)
    rows = read(folder, "perturbations.csv")
    kinds = list(dict.fromkeys(row["kind"] for row in rows))
    for colour, kind in enumerate(kinds):
        chosen = [row for row in rows if row["kind"] == kind]
        left.loglog([float(row["distance"]) + 1e-17 for row in chosen], [float(row["J"]) for row in chosen], ".",
                    ms=2, alpha=0.4, color=f"C{colour}", label=kind)
    left.set(xlabel="distance of f from the step, relative", ylabel="$J(f, U)$",
             title=f"{len(rows)} feasible pairs: all $J > 0$")
    left.legend(markerscale=5)
    for colour, kind in enumerate(kinds):
        chosen = [row for row in read(folder, "ladder.csv") if row["kind"] == kind]
        middle.loglog([float(row["t"]) for row in chosen], [float(row["J"]) for row in chosen], "o-", ms=3,
                      color=f"C{colour}", label=kind)
    middle.loglog([1e-5, 1e-3], [3e-16, 3e-12], "--", color="0.5", lw=1)
    middle.annotate("power 2", (1e-3, 1e-12), color="0.4", fontsize=8)
    middle.set(xlabel="$t$ along a ray from the step", ylabel="$J$", title="quadratic at the minimum")
    rows = read(folder, "descent.csv")
    for colour, start in enumerate(dict.fromkeys(row["start"] for row in rows)):
        chosen = [row for row in rows if row["start"] == start]
        evaluations = [int(row["evaluations"]) for row in chosen]
        right.semilogy(evaluations, [float(row["J"]) for row in chosen], "o-", ms=3, color=f"C{colour}",
                       label="$J$" if colour == 0 else None)
        right.semilogy(evaluations, [float(row["f_error"]) for row in chosen], ":", color=f"C{colour}",
                       label="distance of f from the step" if colour == 0 else None)
    right.set(xlabel="evaluations of $J$ and its gradient", title="$J$ minimised over $(f, U)$ itself")
    right.legend()
    figure.savefig(picture, dpi=150)


main()
