#!/usr/bin/env python3
"""The orders in dt of all ladders as Markdown, with a picture of their errors: orders.py DIR

DIR/ladders has a line `kappa gamma order cells nodes` for each ladder, and DIR/kappa_gamma_order_cells_nodes/converge.csv its
errors. A row of the table is a grid, a kappa and a gamma. Exit status 1 if an order between two levels is off by more than 0.2 in
some ladder.
"""
import csv
import math
import os
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

EXPECTED, WITHIN = 2, 0.2
COLOURS = {"-3": "tab:blue", "-1": "tab:green", "0": "tab:orange", "1": "tab:red"}


def read(folder, ladder):
    """The rows of a ladder's converge.csv, from coarse to fine."""
    with open(os.path.join(folder, "_".join(ladder), "converge.csv"), newline="") as file:
        return list(csv.DictReader(file))


def main():
    folder = sys.argv[1]
    with open(os.path.join(folder, "ladders")) as file:
        ladders = [line.split() for line in file]
    table, off = {}, []
    figure, axes = plt.subplots(1, 2, figsize=(10, 4.2), sharey=True)
    for kappa, gamma, order, cells, nodes in ladders:
        try:
            rows = read(folder, (kappa, gamma, order, cells, nodes))
        except OSError:  # run.sh has printed why
            sys.exit(f"{kappa}, gamma = {gamma}, order {order}, {cells} x {nodes}^2 has no result")
        dt, error = [float(row["time.dt"]) for row in rows[:-1]], [float(row["error_L2"]) for row in rows[:-1]]
        orders = [float(row["order"]) for row in rows[1:-1]]
        cell = ", ".join(f"{value:.2f}" for value in orders)
        table.setdefault((f"{cells} x {nodes}^2", kappa, gamma), []).append(cell)
        if len(rows) != 4 or not all(math.fabs(value - EXPECTED) <= WITHIN for value in orders):
            off.append(f"{cells} x {nodes}^2, {kappa}, gamma = {gamma}, order {order}: {cell}")
        axes[int(kappa == "dirac")].loglog(dt, error, "o-", color=COLOURS[gamma], lw=0.8, ms=3)
    for axis, kappa in zip(axes, ("exponential", "dirac")):
        axis.loglog([0.00625, 0.025], [2e-6 * 0.5, 2e-6 * 8], "k--", lw=1)
        axis.set(title=f"kappa {kappa}", xlabel="dt")
        for gamma, colour in COLOURS.items():
            axis.plot([], [], color=colour, label=f"gamma = {gamma}")
        axis.plot([], [], "k--", label="order 2")
    axes[0].set_ylabel("relative L2 difference from dt = 0.003125")
    axes[0].legend()
    figure.tight_layout()
    figure.savefig(os.path.join(folder, "overview.png"), dpi=110)
    print("| grid | kappa | gamma | order 4 | order 6 | order 8 |\n|---|---|---:|---|---|---|")
    for (grid, kappa, gamma), cells in table.items():
        print(f"| {grid} | {kappa} | {gamma} | " + " | ".join(cells) + " |")
    for line in off:
        print("off: " + line)
    sys.exit(1 if off else 0)


main()
