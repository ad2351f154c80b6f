#!/usr/bin/env python3
"""Growth of the two-stream instability against linear theory: growth.py OUT, with the folders that run.sh makes.

Two beams +-u of the temperature T are unstable for 1 = (1/k^2) int f0'(v) v/(v^2 + g^2/k^2) dv, g the growth rate (omega = i g).
Writes OUT/table.md and OUT/two_stream.png. Exit status 1 if a rate without collisions is off by more than 2 %, if H rises in a
collision, f <= 0, J/mass is above 1e-13, or the energy of ampere moves by more than 1e-12 of the kinetic one.
"""
import csv
import os
import sys

import h5py
import matplotlib
import numpy as np

matplotlib.use("Agg")
import matplotlib.pyplot as plt

OUT = sys.argv[1]
K, U, T = 0.3, 2.0, 0.5
BEGIN, END = 20.0, 30.0  # where the wave grows by its fastest mode alone
RUNS = (("none_ampere", "no collisions, ampere"), ("none_poisson", "no collisions, poisson"),
        ("weak_ampere", "fuzzy Coulomb, B = 0.02"), ("strong_ampere", "fuzzy Coulomb, B = 0.2"))
status = 0


def growth():
    """The root g of the dispersion relation, by bisection."""
    v = np.linspace(-12, 12, 48001)
    beams = [np.exp(-(v - u) ** 2 / (2 * T)) / np.sqrt(2 * np.pi * T) * -(v - u) / T / 2 for u in (U, -U)]

    def dispersion(g):
        return 1 - (v[1] - v[0]) * np.sum(sum(beams) * v / (v * v + g * g / K ** 2)) / K ** 2

    low, high = 1e-3, 2.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if dispersion(low) * dispersion(middle) <= 0 else (middle, high)
    return low


def history(folder):
    """The columns of history.csv."""
    with open(os.path.join(OUT, folder, "history.csv"), newline="") as file:
        rows = list(csv.DictReader(file))
    return {name: np.array([float(row[name]) for row in rows]) for name in rows[0]}


def check(what, well):
    """Say so if something does not hold."""
    global status
    if not well:
        status = 1
        print(what)


wanted = growth()
lines = [f"linear theory: growth {wanted:.4f}", "",
         "| | growth | largest field energy, at t | H at the end | energy | momentum | largest \\|J\\|/mass | least f |",
         "|---|---:|---|---:|---:|---:|---:|---:|"]
figure, panels = plt.subplots(2, 3, figsize=(11, 6), constrained_layout=True)
for (folder, name), colour in zip(RUNS, ("C0", "C1", "C2", "C3")):
    run = history(folder)
    t, energy, mass, kinetic = run["time"], run["field_energy"], run["mass"][0], run["energy"][0] / 2
    inside = (t > BEGIN - 1e-9) & (t < END + 1e-9)
    rate = np.polyfit(t[inside], np.log(energy[inside]) / 2, 1)[0]
    rise = np.max(np.diff(run["H"]) - run["dH_streaming"][1:])
    drift = np.max(np.abs(run["energy_total"] - run["energy_total"][0])) / kinetic
    moved = np.max(np.abs(run["momentum_1"] - run["momentum_1"][0])) / mass
    defect = np.max(np.abs(run["J"])) / mass
    if folder.startswith("none"):
        check(f"{folder}: the rate is {rate:.4f}, not {wanted:.4f}", abs(rate / wanted - 1) < 0.02)
    check(f"{folder}: a collision raises H by {rise:.1e}", rise <= 1e-13 * mass)
    check(f"{folder}: J/mass is {defect:.1e}", defect <= 1e-13)
    check(f"{folder}: f is {run['f_min'].min():.1e}", run["f_min"].min() > 0)
    check(f"{folder}: the energy moves by {drift:.1e}", drift < (1e-12 if folder.endswith("ampere") else 1e-2))
    lines.append(f"| {name} | {rate:.4f} | {energy.max():.2f}, {t[energy.argmax()]:.1f} | {run['H'][-1]:.3f} | {drift:.1e} | {moved:.1e} | "
                 f"{defect:.1e} | {run['f_min'].min():.0e} |")
    panels[0, 0].semilogy(t, energy, color=colour, label=name)
    panels[0, 1].plot(t, run["H"], color=colour)
    panels[0, 2].semilogy(t[1:], np.maximum(np.abs(run["J"][1:]) / mass, 1e-18), color=colour, linewidth=0.8)
run = history("none_ampere")
scale = run["field_energy"][np.searchsorted(run["time"], BEGIN)]
t = np.array([10.0, 45.0])
panels[0, 0].semilogy(t, scale * np.exp(2 * wanted * (t - BEGIN)), ":k", linewidth=1, label=f"linear theory, {wanted:.4f}")
panels[0, 0].set(title="field energy", ylim=(1e-9, 10))
panels[0, 0].legend(fontsize=7)
panels[0, 1].set(title="H")
panels[0, 2].set(title="|J| of a step over the mass")
for axes in panels[0]:
    axes.set_xlabel(r"time $t$")
    axes.grid(True, color="0.92")
for axes, (folder, name) in zip(panels[1], [RUNS[0], RUNS[2], RUNS[3]]):
    with h5py.File(os.path.join(OUT, folder, "result.h5")) as file:
        x, v, f = file["x1"][:], file["v1"][:], file["f"][-1].sum(axis=-1) * (file["v2"][1] - file["v2"][0])
        end = file["time"][-1]
    axes.pcolormesh(x, v, f.T, cmap="viridis", shading="nearest", rasterized=True)
    axes.set(title=f"{name}, t = {end:g}", xlabel=r"$x$", ylabel=r"$v_1$", ylim=(-5, 5))
figure.savefig(os.path.join(OUT, "two_stream.png"), dpi=130)
with open(os.path.join(OUT, "table.md"), "w", encoding="utf-8") as file:
    file.write("\n".join(lines) + "\n")
print("\n".join(lines))
sys.exit(status)
