#!/usr/bin/env python3
"""Both sides of the bounds (2.17) and (2.23) of Duong and He (2025) along runs with output.fisher, and a picture.

    bounds.py PICTURE.png NAME=DIR...

(2.17)  I + C <= C(f) (1 + D):            the ratio (I + C)/(1 + D) is what C(f) has to exceed; it is not explicit
(2.23)  C <= 2 C_kappa D C_gamma(f),      C_gamma = sup_v <v>^gamma int f(y, w) |v - w|^-gamma dy dw: explicit

Both hold for mass 1 and momentum 0; C_kappa = 1/min kappa. The convolution is computed by FFT on the velocity nodes; at z = 0
it takes the mean of |z|^-gamma over the cell of a node. Exit status 1 if (2.23) is violated.
"""
import csv
import os
import sys

import h5py
import matplotlib
import numpy as np

matplotlib.use("Agg")
import matplotlib.pyplot as plt


def deck_number(directory, key):
    with open(os.path.join(directory, "deck.yaml")) as deck:
        return float(next(line.split(":")[1] for line in deck if line.strip().startswith(key + ":")))


def history_of(directory):
    with open(os.path.join(directory, "history.csv"), newline="") as table:
        rows = list(csv.DictReader(table))
    return {name: np.array([float(row[name]) for row in rows]) for name in ("time", "D", "fisher", "cross_fisher")}


def mean_over_cell(power, h):
    """Mean of |z|^power over a cube of side h around 0."""
    z = (np.arange(40) + 0.5) / 40 - 0.5
    grid = np.meshgrid(z, z, z, indexing="ij")
    return h**power * np.mean(sum(g * g for g in grid) ** (power / 2))


def convolution_bound(f, v, gamma):
    """sup_v <v>^gamma sum_w weight f(w) |v - w|^-gamma on the nodes."""
    n, h = len(v), v[1] - v[0]
    axis = np.full(n, h)
    axis[[0, -1]] /= 2
    weighted = f * axis[:, None, None] * axis[None, :, None] * axis[None, None, :]
    padded = 2 * n
    z = np.fft.fftfreq(padded, 1 / padded) * h
    z2 = sum(g * g for g in np.meshgrid(z, z, z, indexing="ij"))
    with np.errstate(divide="ignore"):
        kernel = np.where(z2 > 0, z2, 1.0) ** (-gamma / 2)
    kernel[0, 0, 0] = mean_over_cell(-gamma, h)
    shape = (padded,) * 3
    smooth = np.fft.irfftn(np.fft.rfftn(weighted, shape) * np.fft.rfftn(kernel), shape)[:n, :n, :n]
    v2 = sum(g * g for g in np.meshgrid(v, v, v, indexing="ij"))
    return np.max((1 + v2) ** (gamma / 2) * smooth)


def kappa_bound(file, directory):
    """C_kappa for kappa ~ exp(-k2 <x>) on the discrete torus; 1 for a homogeneous run."""
    if "x1" not in file:
        return 1.0
    x = file["x1"][:]
    length = (x[1] - x[0]) * len(x)
    distance = np.minimum(x - x[0], length - (x - x[0]))
    kappa = np.exp(-deck_number(directory, "k2") * np.sqrt(1 + distance**2))
    kappa /= kappa.sum() * length / len(x)
    return 1 / kappa.min()


def examine(name, directory):
    gamma, history = deck_number(directory, "gamma"), history_of(directory)
    worst = 0.0
    with h5py.File(os.path.join(directory, "result.h5")) as file:
        v, c_kappa = file["v1"][:], kappa_bound(file, directory)
        for k, time in enumerate(file["time"][:]):
            f = file["f"][k]
            if "x1" in file:
                x = file["x1"][:]
                f = f.sum(axis=0) * (x[1] - x[0])
            at = int(np.argmin(abs(history["time"] - time)))
            D, I, C = (history[key][at] for key in ("D", "fisher", "cross_fisher"))
            bound = 2 * c_kappa * D * convolution_bound(f, v, gamma)
            worst = max(worst, C / bound)
            print(f"{name:12} {time:6.2f} {D:11.4e} {I:11.4e} {C:11.4e} {(I + C) / (1 + D):10.4f} {C / bound:10.4f}")
    return gamma, history, worst


def main():
    print(f"{'run':12} {'t':>6} {'D':>11} {'I':>11} {'C':>11} {'(2.17)':>10} {'(2.23)':>10}")
    figure, axes = plt.subplots(1, 2, figsize=(10, 4), constrained_layout=True)
    worst = 0.0
    for number, argument in enumerate(sys.argv[2:]):
        name, directory = argument.split("=", 1)
        gamma, history, ratio = examine(name, directory)
        worst = max(worst, ratio)
        color = f"C{number}"
        axes[0].semilogy(history["time"], history["cross_fisher"], color=color, label=f"{name}: cross-Fisher C")
        axes[0].semilogy(history["time"], history["D"], color=color, ls="--", label=f"{name}: dissipation D")
        total = history["fisher"] + history["cross_fisher"]
        axes[1].plot(history["time"], total / (1 + history["D"]), color=color, label=name)
    axes[0].set(xlabel="t", title="C is controlled by D")
    axes[1].set(xlabel="t", title="(I + C) / (1 + D)")
    for a in axes:
        a.grid(True, alpha=0.3)
        a.legend(fontsize=7)
    figure.savefig(sys.argv[1], dpi=110)
    if not worst <= 1:
        sys.exit("(2.23) is violated")


if __name__ == "__main__":
    main()
