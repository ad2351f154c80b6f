#!/usr/bin/env python3
"""Kramers' equation with and without a mean field, against the exact Gaussian: kramers.py GRAZING OUT DECK.

With V = k q^2/2, psi = kappa q^2/2, friction g and temperature theta a Gaussian in (q, v) stays one (McKean's equation where kappa > 0):

    mean' = A mean,  A = [[0, 1], [-k, -g]];     C' = B C + C B^T + diag(0, 2 g theta),  B = [[0, 1], [-(k + kappa), -g]].

The datum and the solution are averages over the cells, as in the box. Exit status 1 if an error is off by 2 %, J/mass is above 1e-13, mass
moves by more than 1e-12, or a collision raises the free energy by more than 1e-13.
"""
import csv
import os
import subprocess
import sys

import h5py
import numpy as np

GRAZING, OUT, DECK = sys.argv[1:4]
CELLS, LENGTH, NODES, L, END = 192, 12.0, 49, 7.0, 2.0
MEAN, COVARIANCE = np.array([0.8, -0.3]), np.array([[0.7, 0.15], [0.15, 0.5]])
EXPECTED = {"kramers": {4: 1.829e-2, 8: 6.026e-3, 16: 1.297e-3, 32: 2.604e-4},
            "mean_field": {4: 2.134e-2, 8: 5.817e-3, 16: 1.288e-3, 32: 3.682e-4}}
v = np.linspace(-L, L, NODES)
weight = np.full(NODES, v[1] - v[0])
weight[[0, -1]] /= 2


def exact(t, kappa, steps=4000):
    """Mean and covariance at t, by Runge and Kutta's method (error 1e-13)."""
    A, B = np.array([[0, 1], [-1, -1.0]]), np.array([[0, 1], [-(1 + kappa), -1.0]])

    def rate(y):
        C = y[1:]
        return np.vstack([A @ y[0], B @ C + C @ B.T + np.diag([0, 2.0])])

    y, h = np.vstack([MEAN, COVARIANCE]), t / steps
    for _ in range(steps if t > 0 else 0):
        a = rate(y)
        b = rate(y + h / 2 * a)
        c = rate(y + h / 2 * b)
        y = y + h / 6 * (a + 2 * b + 2 * c + rate(y + h * c))
    return y[0], y[1:]


def averages(mean, covariance):
    """The Gaussian, averaged over each cell: [cell][node]."""
    inverse, width = np.linalg.inv(covariance), LENGTH / CELLS
    centre = (np.arange(CELLS) + 0.5) * width - LENGTH / 2
    points, weights = np.polynomial.legendre.leggauss(6)
    f = 0
    for point, part in zip(points, weights):
        q, p = (centre + point * width / 2)[:, None] - mean[0], v[None] - mean[1]
        f = f + part / 2 * np.exp(-(inverse[0, 0] * q * q + 2 * inverse[0, 1] * q * p + inverse[1, 1] * p * p) / 2)
    return f / (2 * np.pi * np.sqrt(np.linalg.det(covariance)))


def run(name, steps, kappa):
    """A run: its error, and the largest |J|/mass, changes of mass and of E + e, and rise of F in a collision."""
    folder = os.path.join(OUT, f"{name}_{steps}")
    words = [GRAZING, "run", os.path.join(OUT, "kramers.yaml"), "--overwrite", "--quiet", "--out", folder,
             "--set", f"time.dt={END / steps!r}"]
    if kappa > 0:
        words += ["--set", "model.field.shape=convolution", "--set", f"model.field.strength={kappa}"]
    subprocess.run(words, check=True, stderr=subprocess.DEVNULL)
    with h5py.File(os.path.join(folder, "result.h5")) as file:
        f = file["f"][-1]
    g = averages(*exact(END, kappa))
    with open(os.path.join(folder, "history.csv"), newline="") as file:
        rows = list(csv.DictReader(file))
    h = {key: np.array([float(row[key]) for row in rows]) for key in rows[0]}
    mass = h["mass"][0]
    free = np.diff(h["H"] - h["bath_energy"]) - h["dH_streaming"][1:]
    energy = h["energy_total"] + h["bath_energy"]
    return (np.sqrt(((f - g) ** 2 * weight).sum() / (g ** 2 * weight).sum()), np.abs(h["J"]).max() / mass,
            np.abs(h["mass"] + h["mass_left"] - mass).max(), np.abs(energy - energy[0]).max(), free.max())


os.makedirs(OUT, exist_ok=True)
with h5py.File(os.path.join(OUT, "datum.h5"), "w") as file:
    file["f"] = averages(MEAN, COVARIANCE)
with open(DECK, encoding="utf-8") as source, open(os.path.join(OUT, "kramers.yaml"), "w", encoding="utf-8") as copy:
    copy.write(source.read())
status = 0
print("| problem | steps | error | expected | order | largest \\|J\\|/mass | E + e | rise of F |\n|---|---:|---:|---:|---:|---:|---:|---:|")
for name, kappa in (("kramers", 0.0), ("mean_field", 0.5)):
    before = None
    for steps, wanted in EXPECTED[name].items():
        error, defect, mass, energy, rise = run(name, steps, kappa)
        order = f"{np.log2(before / error):.2f}" if before else ""
        print(f"| {name} | {steps} | {error:.3e} | {wanted:.3e} | {order} | {defect:.1e} | {energy:.1e} | {max(rise, 0):.1e} |", flush=True)
        before = error
        if abs(error / wanted - 1) > 0.02 or defect > 1e-13 or mass > 1e-12 or rise > 1e-13:
            status = 1
            print(f"{name}, {steps} steps: error {error / wanted:.3f} of the expected one, mass {mass:.1e}")
sys.exit(status)
