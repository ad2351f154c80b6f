#!/usr/bin/env python3
"""The picture of this experiment: draw.py TABLE.csv PICTURE.png"""
import csv
import sys

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt


def slope(axes, x, y, power, factor):
    """A dashed line y ~ x^power from (x, y) to factor * x."""
    axes.plot([x, x * factor], [y, y * factor**power], color="0.6", lw=1, ls="--")
    axes.annotate(f"power {power}", (x * factor, y * factor**power), color="0.4", fontsize=8, ha="right", va="bottom")


def main():
    with open(sys.argv[1], newline="") as table:
        rows = list(csv.DictReader(table))
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.2), constrained_layout=True)

    def line(axes, name, column, x_of, select=lambda row: True, **style):
        chosen = [row for row in rows if row["curve"] == name and select(row)]
        axes.loglog([x_of(row) for row in chosen], [float(row[column]) for row in chosen], marker="o", ms=4, **style)

    def dt(row):
        return float(row["parameter"])

    line(left, "zero_defect", "J_linear", dt, label="BKW, zero_defect, linear in time", color="C0", alpha=0.5)
    line(left, "zero_defect", "J_cubic", dt, label="BKW, zero_defect, cubic", color="C0")
    line(left, "zero_defect", "J_interval", dt, label="BKW, zero_defect, interval form", color="C0", ls=":")
    line(left, "jko", "J_cubic", dt, label="BKW, jko, cubic", color="C3")
    line(left, "fuzzy", "J_cubic", dt, label="1D2V with transport, zero_defect, cubic", color="C2")
    slope(left, 0.013, 1.2e-10, 4, 3)
    slope(left, 0.04, 3e-7, 2, 3)
    left.set(xlabel="dt", ylabel="$J_T$", title="our own runs")

    def spacing(row):
        return 12 / (int(row["parameter"].split("x")[0]) - 1)

    line(right, "exact", "J_cubic", spacing, lambda row: row["parameter"].endswith("x17"),
         label="exact solution, stencil of order 6", color="C0")
    line(right, "explicit", "J_cubic", spacing, label="explicit solver of order 2 from outside", color="C3")
    for row in rows:
        if row["curve"] == "strength":
            right.axhline(float(row["J_cubic"]), color="0.5", lw=1)
            right.annotate(f"strength {row['parameter']} instead of 1", (0.24, 1.1 * float(row["J_cubic"])),
                           fontsize=8, color="0.4")
    slope(right, 0.27, 3.5e-9, 12, 1.5)
    slope(right, 0.26, 4.5e-7, 4, 1.6)
    right.set(xlabel="h", title="curves from outside", xlim=(0.23, 0.54), ylim=(1e-9, 3e-5))
    left.set(xlim=(0.011, 0.16), ylim=(1e-13, 1e-4))
    left.set_xticks([0.0125, 0.025, 0.05, 0.1])
    right.set_xticks([0.25, 0.3, 0.4, 0.5])
    for axis in (left.xaxis, right.xaxis):
        axis.set_major_formatter("{x:g}")
        axis.set_minor_formatter("")
    for axes in (left, right):
        axes.grid(True, which="major", alpha=0.3)
        axes.legend(fontsize=7, loc="lower right")
    figure.savefig(sys.argv[2], dpi=110)


if __name__ == "__main__":
    main()
