#!/usr/bin/env python3
"""Distances of the fuzzy solutions to both limits, as a table and a picture.

    compare.py average RESULT.h5 DATUM.h5         write the x-average of the first state as a homogeneous datum
    compare.py table FOLDER PICTURE.png SIGMA...  the folders s<sigma>, uniform, dirac, homogeneous in FOLDER are runs

Distances are relative L2 norms at the end: from the x-average to the homogeneous solution, and from f to the solution with
kappa = dirac.
"""
import csv
import os
import sys

import h5py
import matplotlib
import numpy as np

matplotlib.use("Agg")
import matplotlib.pyplot as plt


def last_state(folder):
    with h5py.File(os.path.join(folder, "result.h5")) as file:
        return file["f"][-1], file["temperature"][-1]


def history(folder):
    with open(os.path.join(folder, "history.csv"), newline="") as table:
        rows = list(csv.DictReader(table))
    return {name: np.array([float(row[name]) for row in rows]) for name in ("time", "mass", "P_11", "P_22")}


def distance(f, g):
    return np.linalg.norm(f - g) / np.linalg.norm(g)


def average(result, datum):
    with h5py.File(result) as source, h5py.File(datum, "w") as target:
        target["f"] = source["f"][0].mean(axis=0)


def anisotropy(run):
    """Difference of the two temperatures T_1 - T_2 of the whole density, all x together."""
    return (run["P_11"] - run["P_22"]) / run["mass"]


def table(folder, sigmas):
    homogeneous, _ = last_state(os.path.join(folder, "homogeneous"))
    dirac, _ = last_state(os.path.join(folder, "dirac"))
    rows = []
    for sigma in sigmas + ["uniform", "dirac"]:
        f, _ = last_state(os.path.join(folder, sigma if sigma in ("uniform", "dirac") else "s" + sigma))
        rows.append((sigma, distance(f.mean(axis=0), homogeneous), distance(f, dirac)))
    print(f"{'sigma':>8} {'to homogeneous':>15} {'order':>6} {'to dirac':>15} {'order':>6}")
    before = None
    for sigma, h, d in rows:
        orders = ["-", "-"]
        if before and sigma not in ("uniform", "dirac"):
            step = np.log(float(sigma) / float(before[0]))
            orders = [f"{np.log(h / before[1]) / step:.2f}", f"{np.log(d / before[2]) / step:.2f}"]
        print(f"{sigma:>8} {h:15.3e} {orders[0]:>6} {d:15.3e} {orders[1]:>6}")
        before = (sigma, h, d)
    return rows


def draw(folder, picture, sigmas, rows):
    figure, panels = plt.subplots(1, 3, figsize=(12.5, 3.9), constrained_layout=True)
    values = np.array([float(s) for s in sigmas])
    panels[0].loglog(values, [row[1] for row in rows[:-2]], "o-", ms=3.5, label="x-average to homogeneous")
    panels[0].loglog(values, [row[2] for row in rows[:-2]], "s-", ms=3.5, label="$f$ to the classical equation")
    floor = rows[-2][1]
    panels[0].axhline(floor, color="0.6", lw=0.8)
    panels[0].annotate(r"$\kappa$ = uniform", (values[0], floor), xytext=(0, 3), textcoords="offset points",
                       color="0.4", fontsize=8)
    panels[0].loglog(values[-3:], 1.8 * rows[-3][1] * values[-1] / values[-3:], "--", color="0.5", lw=1)
    panels[0].loglog(values[:3], 0.5 * rows[0][2] * values[:3] / values[0], "--", color="0.5", lw=1)
    panels[0].set(xlabel=r"$\sigma$", ylabel="relative $L^2$ distance", title="both limits")
    panels[0].legend(fontsize=8, loc=(0.03, 0.12))
    shown = sigmas[:: max(1, (len(sigmas) - 1) // 4)]
    shades = plt.cm.viridis(np.linspace(0.1, 0.9, len(shown)))
    for sigma, shade in zip(shown, shades):
        run = history(os.path.join(folder, "s" + sigma))
        panels[1].plot(run["time"], anisotropy(run), color=shade, lw=1.2, label=rf"$\sigma$ = {sigma}")
        _, temperature = last_state(os.path.join(folder, "s" + sigma))
        panels[2].plot(axis(folder, sigma), temperature, color=shade, lw=1.2)
    run = history(os.path.join(folder, "homogeneous"))
    panels[1].plot(run["time"], anisotropy(run), "k--", lw=1.2, label="homogeneous")
    panels[1].set(xlabel="$t$", ylabel="$T_1 - T_2$", title="x-average: relaxation of the two axes")
    panels[1].legend(fontsize=8)
    _, temperature = last_state(os.path.join(folder, "dirac"))
    panels[2].plot(axis(folder, sigmas[0]), temperature, "k--", lw=1.2, label=r"$\kappa$ = dirac")
    panels[2].set(xlabel="$x$", ylabel="temperature at the end", title="along x")
    panels[2].legend(fontsize=8)
    figure.savefig(picture, dpi=150)


def axis(folder, sigma):
    with h5py.File(os.path.join(folder, "s" + sigma, "result.h5")) as file:
        return file["x1"][:]


def main():
    if sys.argv[1] == "average":
        average(*sys.argv[2:])
        return
    folder, picture, sigmas = sys.argv[2], sys.argv[3], sys.argv[4:]
    draw(folder, picture, sigmas, table(folder, sigmas))


main()
