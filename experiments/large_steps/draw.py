#!/usr/bin/env python3
"""Table and picture of this experiment: draw.py FOLDER reads compare.csv and limit, prints Markdown, writes overview.png"""
import csv
import math
import os
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

COLOURS = {"euler": "C1", "rk4": "C4", "rkl2": "C2", "rkl2:log": "C5", "jko": "C3", "zero_defect": "C0"}


def survives(row):
    """Whether the run reached the end, and did not blow up on its way and come back."""
    return math.isfinite(float(row["error_L2"])) and float(row["error_L2"]) < 0.05


def fate(row):
    """What became of a run, as a cell of the table."""
    if not math.isfinite(float(row["error_L2"])):
        return "blows up" if "blew up" in row["outcome"] else "stops"
    return f"{float(row['error_L2']):.1e}" + ("" if float(row["negative"]) == 0 else ", f < 0")


def main():
    folder = sys.argv[1]
    with open(os.path.join(folder, "compare.csv"), newline="") as table:
        rows = sorted(csv.DictReader(table), key=lambda row: float(row["dt"]))
    with open(os.path.join(folder, "limit")) as file:
        limit = float(file.read())
    methods = list(dict.fromkeys(row["method"] for row in rows))
    multiples = list(dict.fromkeys(f"{float(row['dt']) / limit:.3g}" for row in rows))
    print("| dt / limit | " + " | ".join(methods) + " |\n|---:|" + "---|" * len(methods))
    for place, multiple in enumerate(multiples):
        print(f"| {multiple} | " + " | ".join(
            fate([row for row in rows if row["method"] == method][place]) for method in methods) + " |")
    print("\n| dt / limit | J_mean of rkl2:log | of jko | of zero_defect | J of zero_defect |\n|---:|---|---|---|---|")
    for place, multiple in enumerate(multiples):
        chosen = {row["method"]: row for row in rows if f"{float(row['dt']) / limit:.3g}" == multiple}
        print(f"| {multiple} | " + " | ".join(f"{float(chosen[m]['J_mean']):.1e}" for m in
                                              ("rkl2:log", "jko", "zero_defect"))
              + f" | {float(chosen['zero_defect']['J']):.1e} |")

    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.2), constrained_layout=True)
    for number, method in enumerate(methods):
        of = [row for row in rows if row["method"] == method]
        style = {"color": COLOURS[method], "lw": 1.2, "label": method}
        good = [row for row in of if survives(row)]
        left.loglog([float(row["dt"]) / limit for row in good], [float(row["error_L2"]) for row in good], **style)
        for row in of:
            negative = float(row["negative"]) > 0
            if survives(row):
                left.plot(float(row["dt"]) / limit, float(row["error_L2"]), "o", ms=5, color=COLOURS[method],
                          markerfacecolor="white" if negative else COLOURS[method])
            else:
                left.plot(float(row["dt"]) / limit, 0.3 * 1.6**number, "x", ms=6, color=COLOURS[method])
        certified = [row for row in of if float(row["J_mean"]) > 0]
        right.loglog([float(row["dt"]) / limit for row in certified], [float(row["J_mean"]) for row in certified],
                     marker="o", ms=4, **style)
    left.axvline(1, color="0.6", lw=1, ls="--")
    left.axhline(0.15, color="0.85", lw=1)
    left.annotate("lost", (0.25, 0.5), color="0.4", fontsize=8)
    left.annotate("hollow: f not positive", (0.03, 0.1), xycoords="axes fraction", color="0.4", fontsize=8)
    left.set(xlabel="dt / stability limit of euler", ylabel="relative $L^2$ error at the end", title="who survives")
    right.set(xlabel="dt / stability limit of euler", ylabel="sum of J, independently certified",
              title="how far each step is from solving the equation")
    right.legend(*left.get_legend_handles_labels(), fontsize=8, loc="lower right")
    for axes in (left, right):
        axes.grid(alpha=0.3)
    figure.savefig(os.path.join(folder, "overview.png"), dpi=110)


main()
