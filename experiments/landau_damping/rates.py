#!/usr/bin/env python3
"""Rate and frequency of the plasma wave in runs: rates.py OUT, with the folders FIELD_RATE and fuzzy_FIELD that run.sh makes.

The amplitude of the wave, y(t) = sum_x E(x, t) sin(k x), is a sum of a damped oscillation and a decaying mode. So its values at
equal times obey a linear recurrence of order 3, whose coefficients come from least squares and whose roots are exp((-rate +- i
frequency) lag) (Prony's method): no start is guessed, and the second mode, which a damped cosine alone would take for damping, does
no harm. The exact rates are eigenvalues of the linearised equation in Hermite functions,

    a_n' = -ik (sqrt(n) a_(n-1) + sqrt(n+1) a_(n+1)) - (i/k) a_0 [n = 1] - nu n a_n [n >= 3]

(Dougherty's collisions leave n = 0, 1, 2 alone). Writes OUT/table.md and OUT/landau_damping.png. Exit status 1 if a rate is off by more
than 5e-4, a frequency by more than 3e-3, the energy of ampere or the momentum of poisson by more than 1e-12 or 1e-13, or J/mass by 1e-13.
"""
import csv
import os
import sys

import h5py
import matplotlib
import numpy as np

matplotlib.use("Agg")
import matplotlib.pyplot as plt

K, LAG, BEGIN = 0.5, 0.6, 4.0
OUT = sys.argv[1]
status = 0


def exact(nu, size=200):
    """The least damped oscillating eigenvalue."""
    n = np.arange(size)
    matrix = np.zeros((size, size), complex)
    matrix[n[1:], n[1:] - 1] = matrix[n[:-1], n[:-1] + 1] = -1j * K * np.sqrt(n[1:])
    matrix[1, 0] -= 1j / K
    matrix[n, n] = -nu * np.where(n >= 3, n, 0)
    values = np.linalg.eigvals(matrix)
    values = values[values.imag > 0.5]
    return values[np.argmax(values.real)]


def wave(folder):
    """Times and amplitudes, relative to the first."""
    with h5py.File(os.path.join(OUT, folder, "result.h5")) as file:
        y = (file["field"][...] * np.sin(K * file["x1"][:])).sum(axis=1)
        return file["time"][:], y / y[0]


def measured(folder, end=np.inf):
    """The slowest oscillating mode of the wave, from BEGIN on."""
    t, y = wave(folder)
    y = y[(t > BEGIN - 1e-9) & (t < end)]
    lag = round(LAG / (t[1] - t[0]))
    count = len(y) - 3 * lag
    rows = np.stack([y[k * lag:k * lag + count] for k in range(3)], axis=1)
    c = np.linalg.lstsq(rows, y[3 * lag:3 * lag + count], rcond=None)[0]
    values = np.log(np.roots([1, -c[2], -c[1], -c[0]]).astype(complex)) / (lag * (t[1] - t[0]))
    values = values[values.imag > 0.5]
    return values[np.argmax(values.real)]


def most(folder, column):
    """The largest change of a column since the start, and its largest size."""
    with open(os.path.join(OUT, folder, "history.csv"), newline="") as file:
        values = np.array([float(row[column]) for row in csv.DictReader(file)])
    return np.max(np.abs(values - values[0])), np.max(np.abs(values))


def check(what, value, bound):
    """Say so if the value is off."""
    global status
    if not abs(value) <= bound:
        status = 1
        print(f"{what} is off by {value:.2e}, allowed {bound:.0e}")


lines = ["| field | collision rate | damping, frequency | exact | energy | momentum | largest \\|J\\|/mass |", "|---|---:|---|---|---:|---:|---:|"]
figure, (left, right) = plt.subplots(1, 2, figsize=(8.6, 3.4), constrained_layout=True)
for nu in (0.05, 0.1, 0.3):
    wanted = exact(nu)
    for field in ("ampere", "poisson"):
        folder = f"{field}_{nu}"
        found = measured(folder)
        energy, momentum, defect = most(folder, "energy_total")[0], most(folder, "momentum_1")[0], most(folder, "J")[1] / most(folder, "mass")[1]
        check(f"{folder}: the rate", found.real - wanted.real, 5e-4)
        check(f"{folder}: the frequency", found.imag - wanted.imag, 3e-3)
        check(f"{folder}: the energy", energy, 1e-12 if field == "ampere" else 1e-7)
        check(f"{folder}: the momentum", momentum, 1e-13)
        check(f"{folder}: J", defect, 1e-13)
        lines.append(f"| {field} | {nu} | {-found.real:.6f}, {found.imag:.6f} | {-wanted.real:.6f}, {wanted.imag:.6f} | "
                     f"{energy:.1e} | {momentum:.1e} | {defect:.1e} |")
    t, y = wave(f"ampere_{nu}")
    line, = left.semilogy(t, np.abs(y), linewidth=1.1, label=rf"$\nu={nu}$")
    left.semilogy(t, np.exp(wanted.real * t), color=line.get_color(), linestyle=":", linewidth=1)
left.set(xlabel=r"time $t$", ylabel="amplitude of E", ylim=(1e-3, 1.5), title="1D1V, Dougherty; dotted: exact rates")
left.legend()

lines += ["", "| fuzzy Coulomb, 1D2V | damping, frequency | energy | momentum | largest \\|J\\|/mass | least f |", "|---|---|---:|---:|---:|---:|"]
for folder, name, rate in (("fuzzy_none", "ampere, no collisions", -0.1533), ("fuzzy_ampere", "ampere, B = 0.1", -0.164),
                           ("fuzzy_poisson", "poisson, B = 0.1", -0.164)):
    found = measured(folder)
    energy, momentum, defect = most(folder, "energy_total")[0], most(folder, "momentum_1")[0], most(folder, "J")[1] / most(folder, "mass")[1]
    with open(os.path.join(OUT, folder, "history.csv"), newline="") as file:
        least = min(float(row["f_min"]) for row in csv.DictReader(file))
    check(f"{folder}: the rate", found.real - rate, 5e-3)
    if folder != "fuzzy_poisson":
        check(f"{folder}: the energy", energy, 1e-12)
    check(f"{folder}: J", defect, 1e-13)
    check(f"{folder}: f > 0", 0 if least > 0 else 1, 0)
    lines.append(f"| {name} | {-found.real:.4f}, {found.imag:.4f} | {energy:.1e} | {momentum:.1e} | {defect:.1e} | {least:.0e} |")
    t, y = wave(folder)
    right.semilogy(t, np.abs(y), linewidth=1.1, label=name)
right.set(xlabel=r"time $t$", ylim=(1e-2, 1.5), title="1D2V, fuzzy Coulomb")
right.legend()
for axes in (left, right):
    axes.grid(True, color="0.92")
figure.savefig(os.path.join(OUT, "landau_damping.png"), dpi=150)
with open(os.path.join(OUT, "table.md"), "w", encoding="utf-8") as file:
    file.write("\n".join(lines) + "\n")
print("\n".join(lines))
sys.exit(status)
