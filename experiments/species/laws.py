#!/usr/bin/env python3
"""Rates of relaxation of two species against exact laws.

    laws.py table OUT         the ladder of steps and the finer grid of run.sh against the laws of Maxwell molecules
    laws.py coulomb OUT       the initial rates of Coulomb collisions against the formulas of the NRL Plasma Formulary

Exit status 1 if a number is off.
"""
import csv
import math
import os
import sys

STRENGTH, END = 0.25, 0.5
bad = False


def check(holds, what):
    """Say what is off."""
    global bad
    if not holds:
        print(f"    {what}")
        bad = True


def rows(out, name):
    """The rows of a history.csv as dictionaries of numbers."""
    with open(os.path.join(out, name, "history.csv"), newline="", encoding="utf-8") as file:
        return [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]


def temperature_law():
    """T_s' = 2 (d-1) B sum_t c_st n_t (T_t - T_s)/(m_s m_t), no drift; n = 1, T = 1.2 and 0.8, masses 1 and 4."""
    return 1 + 0.2 * math.exp(-4 * STRENGTH / 4 * END)


def velocity_law():
    """m_s n_s u_s' = -(d-1) B sum_t c_st (1/m_s + 1/m_t) n_s n_t (u_s - u_t), from 0.5 and -0.2."""
    return 0.7 * math.exp(-STRENGTH * (1 + 1 / 4) ** 2 * END)


def invariants(history):
    """The largest |J| of a step, and the drifts of the masses of both species, of momentum and of energy."""
    J = max(abs(row["J"]) for row in history[1:])
    first = history[0]
    drift = {key: max(abs(row[key] - first[key]) for row in history)
             for key in ("density_light", "density_heavy", "momentum_1", "energy")}
    return J, max(drift["density_light"], drift["density_heavy"]), drift["momentum_1"], drift["energy"]


# run, expected value at the end: the temperature of the light species, or the difference of the velocities
LADDER = [("1", 1.17645178), ("2", 1.17649561), ("4", 1.17650710), ("8", 1.17651003)]
FINE = [("97", 1.17649679)]
DRIFT = [("drift-1", 0.57488302), ("drift-2", 0.57556724), ("drift-4", 0.57575398), ("drift-8", 0.57580547)]


def table(out):
    """The table of the README."""
    print(f"{'run':>8} {'value':>12} {'expected':>12} {'exact':>12} {'error':>9} {'order':>6} {'max |J|':>8} {'masses':>8} "
          f"{'momentum':>8} {'energy':>8}")
    for group, exact in ((LADDER, temperature_law()), (FINE, temperature_law()), (DRIFT, velocity_law())):
        values = []
        for name, expected in group:
            history = rows(out, name)
            last = history[-1]
            value = last["temperature_light"]
            if group is DRIFT:
                value = last["momentum_light_1"] / last["density_light"] - last["momentum_heavy_1"] / last["density_heavy"] / 4
            values.append(value)
            order = "-"
            if len(values) > 2:
                order = f"{math.log2(abs((values[-3] - values[-2]) / (values[-2] - values[-1]))):.2f}"
            J, mass, momentum, energy = invariants(history)
            print(f"{name:>8} {value:12.8f} {expected:12.8f} {exact:12.8f} {value - exact:9.1e} {order:>6} {J:8.1e} {mass:8.1e} "
                  f"{momentum:8.1e} {energy:8.1e}")
            check(abs(value - expected) < 2e-8, "the value is not the expected one")
            check(J < 1e-13, "J is not zero to round-off")
            check(max(mass, momentum, energy) < 1e-13, "an invariant drifts")
            falls = all(b["H"] <= a["H"] + 1e-13 for a, b in zip(history, history[1:]))
            check(falls, "H rises")


def initial_rate(history, column):
    """The rate at t = 0 from three equidistant times, of second order."""
    a, b, c = (row[column] for row in history[:3])
    return (-3 * a + 4 * b - c) / (2 * history[1]["time"])


def extrapolated(out, name, column):
    """The rate from two steps, free of their dt^2."""
    coarse, fine = (initial_rate(rows(out, f"{name}-{part}"), column) for part in ("0.02", "0.01"))
    return (4 * fine - coarse) / 3


def equilibration(mass, temperature, density, Bc):
    """dT_s/dt of two Maxwellians without drift; 2 pi e^4 lambda = B c."""
    total = mass[0] * temperature[1] + mass[1] * temperature[0]
    rate = 4 * math.sqrt(2) / (3 * math.sqrt(math.pi)) * Bc * density * math.sqrt(mass[0] * mass[1]) / total**1.5
    return rate * (temperature[1] - temperature[0])


def isotropisation(mass, along, across, density, Bc):
    """dT_along/dt = 2 nu_T (T_across - T_along) of a bi-Maxwellian that collides with itself."""
    A = across / along - 1
    root = math.sqrt(abs(A))
    angle = math.atan(root) if A > 0 else math.atanh(root)
    rate = Bc * density / (math.sqrt(math.pi * mass) * along**1.5) * (-3 + (A + 3) * angle / root) / A**2
    return 2 * rate * (across - along)


def coulomb(out):
    """Both formulas of the NRL Plasma Formulary, which hold for Maxwellians and bi-Maxwellians, that is at t = 0."""
    light = equilibration((1, 4), (1.2, 1.6), 0.7, 1), "temperature_light", "heat", 1, 1e-5
    heavy = equilibration((4, 1), (1.6, 1.2), 1, 1), "temperature_heavy", "heat", 1, 1e-5
    heavy_alone = isotropisation(2, 1.3, 1, 0.7, 3), "P_11", "isotropy", 0.7, 1e-4
    print(f"{'rate at t = 0':>28} {'computed':>12} {'formula':>12} {'off by':>9}")
    for (exact, column, name, density, bound), what in ((light, "dT/dt of the light"), (heavy, "dT/dt of the heavy"),
                                                        (heavy_alone, "dT_1/dt of a bi-Maxwellian")):
        value = extrapolated(out, name, column) / density
        print(f"{what:>28} {value:12.8f} {exact:12.8f} {value / exact - 1:9.1e}")
        check(abs(value / exact - 1) < bound, f"that is more than {bound}")


{"table": table, "coulomb": coulomb}[sys.argv[1]](sys.argv[2])
sys.exit(bad)
