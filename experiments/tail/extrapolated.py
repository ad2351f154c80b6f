#!/usr/bin/env python3
"""How smooth the error of zero_defect is in dt: extrapolated.py GRAZING DECK DIR [KEY=VALUE ..]

Densities at t = 0.2 of 4, 8, .. 128 steps, as they are, and with the errors of order dt^2, then dt^3, extrapolated away. Printed are
relative L2 differences between neighbouring levels and their orders. Steps of zero_defect are not symmetric in time, so the
orders to expect are 2, 3 and 4. They are lower where something is not smooth in dt: a stencil switch that jumps, or nodes of the
tail that a step does not resolve in time. Exit status 1 if the orders are below 1.95, 2.8 and 3.4 (of the last only the first).
"""
import os
import subprocess
import sys

import h5py
import numpy as np

END, STEPS, LEAST = 0.2, (4, 8, 16, 32, 64, 128), (1.95, 2.8, 3.4)


def density(program, deck, folder, steps, settings):
    """f at END."""
    folder = os.path.join(folder, f"extrapolated_{steps}")
    fixed = [f"time.dt={END / steps:.17g}", f"time.end={END}", f"output.every={END}", "solver.tolerance=1e-14"]
    command = [program, "run", deck, "--quiet", "--threads", "1", "--out", folder]
    subprocess.run(command + [word for setting in fixed + settings for word in ("--set", setting)], check=True)
    with h5py.File(os.path.join(folder, "result.h5")) as file:
        return np.array(file["f"])[-1]


def main():
    program, deck, folder, *settings = sys.argv[1:]
    fields = [density(program, deck, folder, steps, settings) for steps in STEPS]
    scale, bad = np.linalg.norm(fields[-1]), False
    print("| extrapolated | differences | orders |\n|---|---|---|")
    for times, least in enumerate(LEAST):
        differences = [np.linalg.norm(b - a) / scale for a, b in zip(fields, fields[1:])]
        orders = [np.log2(a / b) for a, b in zip(differences, differences[1:])]
        print(f"| {('no', 'once', 'twice')[times]} | {', '.join(f'{x:.2e}' for x in differences)} | {', '.join(f'{x:.2f}' for x in orders)} |")
        bad |= min(orders[:1] if times == 2 else orders) < least
        factor = 2 ** (times + 2)
        fields = [(factor * b - a) / (factor - 1) for a, b in zip(fields, fields[1:])]
    sys.exit(int(bad))


if __name__ == "__main__":
    main()
