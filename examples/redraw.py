#!/usr/bin/env python3
"""Your own picture from result.h5, without the program: the marginal of f in v1 at every stored time.

    redraw.py RESULT.h5 PICTURE.png

The axes are named dimension scales (time, x1.., v1..) attached to f[time, x.., v..], so that xarray opens the file as it
is (engine h5netcdf or netcdf4). Where xarray is not installed, h5py reads the arrays. Needs h5py and matplotlib.
"""
import sys

import h5py
import matplotlib
import numpy as np

matplotlib.use("Agg")
from matplotlib import pyplot as plt  # noqa: E402  (after the choice of the backend)

try:
    import h5netcdf  # noqa: F401  (the engine by which xarray reads the file)
    import xarray
except ImportError:
    xarray = None


def weights(v):
    """Weights of the trapezoidal rule on a velocity axis: the rule with which the run integrated."""
    w = np.full(len(v), v[1] - v[0])
    w[[0, -1]] /= 2
    return w


def with_xarray(path):
    """Times, v1 and the marginal [time][v1]; xarray finds the axes by their names."""
    with xarray.open_dataset(path, engine="h5netcdf") as data:
        f = data["f"]
        others = [axis for axis in f.dims if axis.startswith("v") and axis != "v1"]
        for axis in others:
            f = f.integrate(axis)  # xarray's integrate is the trapezoidal rule
        cells = [axis for axis in f.dims if axis.startswith("x")]
        return data["time"].values, data["v1"].values, f.mean(cells).values


def with_h5py(path):
    """Times, v1 and the marginal [time][v1], with h5py alone: the sums are written out here."""
    with h5py.File(path, "r") as file:
        f, axes = file["f"][...], [scale[0].name.strip("/") for scale in file["f"].dims]
        for axis in [name for name in axes if name.startswith("v") and name != "v1"]:
            f = np.tensordot(f, weights(file[axis][...]), axes=(axes.index(axis), 0))
            axes.remove(axis)
        f = f.mean(axis=tuple(k for k, name in enumerate(axes) if name.startswith("x")))
        return file["time"][...], file["v1"][...], f


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__.split("\n\n")[1].strip())
    source, target = sys.argv[1:]
    with h5py.File(source, "r") as file:
        if "f" not in file:
            sys.exit(f"{source} holds no f: run with output.density true")
    time, v, marginal = with_xarray(source) if xarray else with_h5py(source)
    figure, axes = plt.subplots(figsize=(5, 3.4), constrained_layout=True)
    for k, colour in enumerate(plt.get_cmap("viridis")(np.linspace(0, 0.9, len(time)))):
        axes.plot(v, marginal[k], color=colour, label=f"t = {time[k]:.3g}" if k in (0, len(time) - 1) else None)
    axes.set(xlabel="$v_1$", ylabel="f, all other variables integrated out")
    axes.legend(frameon=False)
    figure.savefig(target, dpi=120)
    print(f"{'xarray' if xarray else 'h5py'}: {len(time)} states, mass {marginal[-1] @ weights(v):.12g}, {target}")


if __name__ == "__main__":
    main()
