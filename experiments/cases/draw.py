#!/usr/bin/env python3
"""The picture of this experiment: draw.py CURVES.csv TABLE.md PICTURE.png"""
import csv
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "share", "grazing"))
from look import COLOURS, FAINT, STYLE, label_time, plt  # noqa: E402

NAMES = {1: "BKW", 2: "Laguerre modes", 3: "temperature tensor", 4: "Coulomb rate", 5: "any datum, any kernel",
         6: "fuzzy moments", 7: "limits of kappa", 8: "equilibria"}


def read_curves(path):
    curves = {}
    with open(path, newline="") as table:
        for row in csv.DictReader(table):
            curve = curves.setdefault((row["problem"], row["quantity"]), ([], [], []))
            for values, name in zip(curve, ("t", "computed", "exact")):
                values.append(float(row[name]))
    return curves


def draw_curves(axes, curves, chosen, title, ylabel):
    for number, ((problem, quantity), (t, computed, exact)) in enumerate(
            item for item in curves.items() if chosen(item[0])):
        colour = COLOURS[number % len(COLOURS)]
        axes.plot(t, exact, color=colour, lw=1)
        axes.plot(t, computed, "o", ms=3, color=colour, label=f"{problem.split()[0]} {quantity}")
    axes.set(title=title, ylabel=ylabel)
    axes.legend(fontsize=7)
    label_time(axes)


def read_table(path):
    with open(path) as table:
        for line in table:
            cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
            if cells[0].isdigit():
                yield int(cells[0]), cells[1], float(cells[5]), float(cells[6].split()[0])


def draw_errors(axes, rows):
    for number, problem, error, bound in rows:
        if bound == 0 or bound > 1:
            continue
        colour = COLOURS[0] if "2V" in problem else COLOURS[1]
        axes.plot(max(error, 1e-17), number, "o", ms=4, color=colour, alpha=0.6)
        axes.plot(bound, number, "|", ms=10, color=FAINT)
    axes.set_xscale("log")
    axes.set_yticks(list(NAMES), [f"{name} ({number})" for number, name in NAMES.items()])
    axes.invert_yaxis()
    axes.set(title="errors (d = 2 blue, d = 3 red) and their bounds (grey)", xlabel="error")


def main():
    curves, rows = read_curves(sys.argv[1]), list(read_table(sys.argv[2]))
    with plt.rc_context(STYLE):
        figure, panels = plt.subplots(2, 2, figsize=(10.5, 7))
        draw_curves(panels[0, 0], curves, lambda key: key[1] == "fourth moment", "BKW: exact (lines), steps (dots)", r"$\int |v|^4 f$")
        draw_curves(panels[0, 1], curves, lambda key: "Laguerre" in key[1] or "deviator" in key[1],
                    "radial modes, temperature tensor", "amplitude")
        draw_curves(panels[1, 0], curves, lambda key: "momentum" in key[1],
                    "momentum exchanged across space, collisions only", "amplitude")
        panels[0, 1].set_yscale("log")
        panels[1, 0].set_yscale("log")
        draw_errors(panels[1, 1], rows)
        figure.savefig(sys.argv[3])


main()
