#!/usr/bin/env python3
"""Makes curves without grazing, as plain HDF5 files with f[time, v1, v2] and time.

    make_curves.py exact    FILE --nodes 33 --states 9 --strength 1.1
    make_curves.py explicit FILE --nodes 33 --states 9

exact     the BKW solution for the given strength, sampled in time
explicit  an explicit solver that shares nothing with grazing. For radial densities and gamma = 0 the Landau equation is
          d_t f = div(T grad f + v f) with the temperature T. The solver uses finite volumes of second order with exponential
          fitting (Scharfetter-Gummel, which keeps f > 0) and classical Runge-Kutta of order 4 at half its stability limit.
"""
import argparse

import h5py
import numpy as np

HALF_WIDTH, START, SPAN = 6.0, 0.5, 0.5


def bkw(t, r2, strength):
    k = 1 - np.exp(-2 * strength * t) / 2
    return np.exp(-r2 / (2 * k)) / (2 * np.pi * k) * ((2 * k - 1) / k + (1 - k) / (2 * k * k) * r2)


def bernoulli(x):
    """x / (e^x - 1)."""
    small = np.abs(x) < 1e-6
    return np.where(small, 1 - x / 2, x / np.expm1(np.where(small, 1, x)))


def right_hand_side(f, v, h, weight, r2):
    """div(T grad f + v f) by fluxes between neighbouring nodes; no flux goes through the walls of the box."""
    temperature = (weight * r2 * f).sum() / (2 * (weight * f).sum())
    drift = h * (v[1:] + v[:-1]) / 2 / temperature  # v h/T at the faces
    up, down = temperature / h * bernoulli(-drift), temperature / h * bernoulli(drift)
    width = np.full(len(v), h)
    width[[0, -1]] /= 2
    rate = np.zeros_like(f)
    for axis in range(2):
        g = np.moveaxis(f, axis, 0)
        flux = up[:, None] * g[1:] - down[:, None] * g[:-1]
        change = np.zeros_like(g)
        change[:-1] += flux
        change[1:] -= flux
        rate += np.moveaxis(change / width[:, None], 0, axis)
    return rate


def explicit(nodes, times, f, v, r2):
    h = v[1] - v[0]
    axis = np.full(nodes, h)
    axis[[0, -1]] /= 2
    weight = np.outer(axis, axis)
    limit = 2.78 / (8 / h**2 + 4 * HALF_WIDTH / h)  # RK4's limit on the negative axis over a bound of the spectral radius
    steps = int(np.ceil((times[1] - times[0]) / (limit / 2)))
    dt = (times[1] - times[0]) / steps
    curve = [f]
    for _ in times[1:]:
        for _ in range(steps):
            a = right_hand_side(f, v, h, weight, r2)
            b = right_hand_side(f + dt / 2 * a, v, h, weight, r2)
            c = right_hand_side(f + dt / 2 * b, v, h, weight, r2)
            d = right_hand_side(f + dt * c, v, h, weight, r2)
            f = f + dt / 6 * (a + 2 * b + 2 * c + d)
        curve.append(f)
    return curve


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=["exact", "explicit"])
    parser.add_argument("file")
    parser.add_argument("--nodes", type=int, default=33)
    parser.add_argument("--states", type=int, default=9)
    parser.add_argument("--strength", type=float, default=1.0)
    args = parser.parse_args()
    v = np.linspace(-HALF_WIDTH, HALF_WIDTH, args.nodes)
    r2 = v[:, None] ** 2 + v[None, :] ** 2
    times = np.linspace(0, SPAN, args.states)
    if args.kind == "exact":
        curve = [bkw(START + t, r2, args.strength) for t in times]
    else:
        curve = explicit(args.nodes, times, bkw(START, r2, 1.0), v, r2)
    with h5py.File(args.file, "w") as out:
        out["f"] = np.array(curve)
        out["time"] = times


if __name__ == "__main__":
    main()
