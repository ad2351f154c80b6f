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
    rows = read(folder, "orders.csv")
    figure, panels = plt.subplots(1, 3, figsize=(12, 3.9), constrained_layout=True)
    for axes, space, title in ((panels[0], "0", "homogeneous, d = 2"), (panels[1], "1", "fuzzy, 1D, d = 2")):
        chosen = [row for row in rows if row["d"] == "2" and row["space"] == space]
        for kernel in dict.fromkeys(row["kernel"] for row in chosen):
            curve = [row for row in chosen if row["kernel"] == kernel]
            axes.loglog([float(row["h"]) for row in curve], [float(row["error"]) for row in curve], "o-", ms=3,
                        label=kernel)
        h = [0.17, 0.33]
        axes.loglog(h, [1e-7 * (x / h[0]) ** 8 for x in h], "--", color="0.5", lw=1)
        axes.annotate("order 8", (0.24, 5e-7), color="0.4", fontsize=8)
        axes.set(xlabel="$h$", ylabel="relative $L^2$ error of the operator", title=title)
        axes.legend(fontsize=7)
    curve = read(folder, "coulomb.csv")
    panels[2].loglog([float(row["h"]) for row in curve], [float(row["error"]) for row in curve], "o-", ms=3)
    h = [0.27, 0.65]
    panels[2].loglog(h, [1.3e-6 * (x / h[0]) ** 6 for x in h], "--", color="0.5", lw=1)
    panels[2].annotate("order 6", (0.42, 1.2e-5), color="0.4", fontsize=8)
    panels[2].axhline(3e-4, color="0.7", lw=0.8)
    panels[2].set(xlabel="$h$", ylabel="relative error", title=r"Coulomb, d = 3: initial $dT_\parallel/dt$")
    figure.savefig(picture, dpi=150)


main()
