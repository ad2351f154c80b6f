#!/usr/bin/env python3
"""The mass that left the slab and the balances, as a table, and a picture: slab.py FOLDER PICTURE.png STRENGTH..."""
import csv
import os
import sys

import h5py
import matplotlib
import numpy as np

matplotlib.use("Agg")
import matplotlib.pyplot as plt


def history(folder):
    with open(os.path.join(folder, "history.csv"), newline="") as table:
        rows = list(csv.DictReader(table))
    return {name: np.array([float(row[name]) for row in rows]) for name in rows[0]}


def free_mass(file, time):
    """Mass in a uniform slab of length 1 after free streaming: each velocity loses min(|v1| t, 1) of its mass."""
    v, f = file["v1"][:], file["f"][0, 0]
    weight = np.full(len(v), v[1] - v[0])
    weight[[0, -1]] /= 2
    marginal = (f * weight[:, None] * weight[None, :]).sum(axis=1)
    return np.array([(marginal * np.maximum(1 - np.abs(v) * t, 0)).sum() for t in np.atleast_1d(time)])


def main():
    folder, picture, strengths = sys.argv[1], sys.argv[2], sys.argv[3:]
    figure, panels = plt.subplots(1, 3, figsize=(12.5, 3.9), constrained_layout=True)
    print(f"{'B':>8} {'mass left':>10} {'free':>10} {'dmass':>8} {'denergy':>8} {'|J|':>8} {'balance':>8}")
    for strength in strengths:
        run = history(os.path.join(folder, "B" + strength))
        with h5py.File(os.path.join(folder, "B" + strength, "result.h5")) as file:
            free = free_mass(file, run["time"])
            x, v, density, f = file["x1"][:], file["v1"][:], file["density"][:], file["f"][-1]
        left = [np.max(np.abs(run[name] + run[name + "_left"] - run[name][0])) for name in ("mass", "energy")]
        balance = np.abs(np.diff(run["H"]) - (run["J"] - run["dt"] / 2 * (run["D_step"] + run["A"]) + run["dH_streaming"])[1:])
        print(f"{strength:>8} {run['mass_left'][-1]:10.6f} {1 - free[-1]:10.6f} {left[0]:8.1e} {left[1]:8.1e} "
              f"{np.max(np.abs(run['J'])):8.1e} {np.max(balance):8.1e}")
        label = "free" if strength == strengths[0] else f"B = {strength}"
        panels[0].plot(run["time"], run["mass"], lw=1.3, label=label)
        panels[1].plot(x, density[-1], lw=1.3, label=label)
    panels[0].plot(run["time"], free, "k:", lw=1.6, label="free, exact")
    panels[0].set(xlabel="$t$", ylabel="mass in the slab", title="evaporation", ylim=(0, 1.03))
    panels[0].legend(fontsize=8)
    panels[1].set(xlabel="$x$", ylabel="density at the end", title="along x", ylim=(0, None))
    panels[1].legend(fontsize=8)
    middle = f[:, :, f.shape[2] // 2].T
    image = panels[2].pcolormesh(x, v, np.log10(np.maximum(middle, 1e-8)), cmap="viridis", rasterized=True)
    panels[2].set(xlabel="$x$", ylabel="$v_1$", title=f"$\\log_{{10}} f$ at $v_2 = 0$, B = {strength}", ylim=(-4, 4))
    figure.colorbar(image, ax=panels[2])
    figure.savefig(picture, dpi=150)


main()
