#!/usr/bin/env python3
"""The table of this experiment as Markdown, and a check of its numbers: table.py DIR..

The rate is the decay rate of KL between 1e-4 and 1e-12 of its start, where only the slowest mode is left. Linear theory: the
slowest mode of BKW decays at the rate 4, so KL decays at 8. Near equilibrium zero_defect is the midpoint rule, which gives
2/dt log((1 + 2 dt)/(1 - 2 dt)); jko is implicit Euler, which gives 2/dt log(1 + 4 dt). Exit status 1 if a number is off.
"""
import csv
import math
import os
import sys


def read(folder):
    """The columns of history.csv that the table needs, as lists of numbers."""
    with open(os.path.join(folder, "history.csv"), newline="") as file:
        rows = list(csv.DictReader(file))
    return {name: [float(row[name]) for row in rows] for name in ("time", "dt", "H", "relative_entropy", "f_min")}


def rate_of(time, distance):
    """Decay rate of KL over the rows between 1e-4 and 1e-12 of its start; NaN if KL does not fall so far."""
    rows = [k for k, value in enumerate(distance) if 1e-12 < value / distance[0] < 1e-4]
    if not rows or min(distance) > 1e-12 * distance[0]:
        return math.nan
    first, last = rows[0], rows[-1]
    return math.log(distance[first] / distance[last]) / (time[last] - time[first])


def main():
    bad = False
    print("| run | KL at t = 3, relative | least KL, relative | (H(3) - H(6))/(H(0) - H(6)) | rate of KL | linear theory | largest rise of H | least f |")
    print("|---|---|---|---|---|---|---|---|")
    for folder in sys.argv[1:]:
        name = os.path.basename(folder)
        run = read(folder)
        time, distance, H = run["time"], run["relative_entropy"], run["H"]
        three = min(range(len(time)), key=lambda k: abs(time[k] - 3))
        at_three, left = distance[three] / distance[0], (H[three] - H[-1]) / (H[0] - H[-1])
        least, rate, dt = min(distance) / distance[0], rate_of(time, distance), run["dt"][1]
        rise = max(0, max(b - a for a, b in zip(H, H[1:])))
        theory = {"zero_defect": 2 / dt * math.log((1 + 2 * dt) / (1 - 2 * dt)),
                  "jko": 2 / dt * math.log(1 + 4 * dt)}.get(name.split("-")[0], 8)
        print(f"| {name} | {at_three:.1e} | {least:.1e} | {left:.1e} | " + (f"{rate:.3f}" if rate == rate else "-")
              + f" | {theory:.3f} | {rise:.0e} | {min(run['f_min']):.0e} |")
        if name in ("zero_defect", "jko", "rkl2-log"):
            bad = bad or not (least < 1e-18 and abs(rate / theory - 1) < 0.02 and rise < 1e-14 and min(run["f_min"]) > 0)
    sys.exit(bad)


main()
