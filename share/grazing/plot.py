#!/usr/bin/env python3
"""Pictures of grazing runs: what `grazing plot DIR...` draws.

    plot.py DIR... [--format png|svg] [--out FOLDER] [--quiet]

From DIR/history.csv: entropy (H and D in time), defect (|J| a step), conservation (drifts of mass, momentum and
energy), moments (the second moments P_ij), error (where an exact solution is known). From DIR/result.h5: slices (f at
several times), moments (profiles in x). overview combines the most telling ones. Several DIRs share the pictures in
time; pictures of one run go into its DIR, of several into FOLDER (default: ./plot).

Exit status: 0 fine, 2 usage, 5 a file cannot be read or written.
"""
import argparse
import math
import os
import re
import sys

try:
    import h5py
    import matplotlib
    import numpy as np

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt
except ImportError as missing:
    sys.exit(f"plot.py needs numpy, h5py and matplotlib ({missing}): apt install python3-numpy python3-h5py "
             "python3-matplotlib, or pip install numpy h5py matplotlib")

# --- look ------------------------------------------------------------------------------------------------------------

INK, FAINT = "#222222", "#8a8a8a"
COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"]  # Okabe & Ito: safe for the colour-blind
DASHES = ["-", (0, (5, 1.5)), (0, (1.2, 1.2)), (0, (5, 1.5, 1.2, 1.5))]
DENSITY_MAP = "GnBu"
ROUND_OFF = 1e-17   # what is smaller is drawn here on logarithmic axes
MOST_TIMES = 4      # states shown side by side

STYLE = {
    "figure.dpi": 150, "savefig.dpi": 150, "figure.constrained_layout.use": True,
    "font.family": "DejaVu Sans", "font.size": 9, "mathtext.fontset": "cm", "axes.titlesize": 9.5,
    "axes.titlelocation": "left", "axes.labelsize": 9.5, "legend.fontsize": 8.5, "legend.frameon": False,
    "legend.handlelength": 1.8, "axes.spines.top": False, "axes.spines.right": False, "axes.linewidth": 0.7,
    "axes.edgecolor": INK, "text.color": INK, "axes.labelcolor": INK, "xtick.color": INK, "ytick.color": INK,
    "xtick.major.width": 0.7, "ytick.major.width": 0.7, "axes.grid": True, "grid.color": "#e6e6e6",
    "grid.linewidth": 0.6, "axes.axisbelow": True, "lines.linewidth": 1.5, "lines.markersize": 3.2,
    "axes.formatter.useoffset": False, "axes.formatter.limits": (-4, 5),
}


class PlotError(Exception):
    """A sentence for the user."""


# --- data ------------------------------------------------------------------------------------------------------------


def read_history(path):
    """history.csv as a dictionary of columns; a last line cut short by a killed run is left out."""
    try:
        with open(path, encoding="utf-8") as file:
            lines = file.read().split("\n")
    except OSError as error:
        raise PlotError(f"cannot read '{path}': {error.strerror}") from None
    names, rows = lines[0].split(","), []
    for number, line in enumerate(lines[1:-1], start=2):
        try:
            row = [float(word) for word in line.split(",")]
        except ValueError:
            row = []
        if len(row) != len(names):
            raise PlotError(f"line {number} of '{path}' is not a row of {len(names)} numbers")
        rows.append(row)
    if "time" not in names or not rows:
        raise PlotError(f"'{path}' holds no rows of a history")
    return dict(zip(names, np.array(rows).T))


class Run:
    """One result folder: its history at once, its densities when they are asked for."""

    def __init__(self, directory):
        self.directory = directory
        self.label = os.path.basename(os.path.normpath(os.path.abspath(directory)))
        self.history = read_history(os.path.join(directory, "history.csv"))
        self.path = os.path.join(directory, "result.h5")
        try:
            self.file = h5py.File(self.path, "r")
            self.times = self.file["time"][:]
        except (OSError, KeyError) as error:
            raise PlotError(f"cannot read '{self.path}': {error}") from None
        self.deck = str(self.file.attrs.get("deck", ""))
        self.title = str(self.file.attrs.get("title", "")) or self.label
        self.space_dim = sum(name in self.file for name in ("x1", "x2", "x3"))
        self.velocity_dim = sum(name in self.file for name in ("v1", "v2", "v3"))

    def column(self, name):
        """A column of the history; NaN where there is none of that name."""
        return self.history.get(name, np.full(len(self.history["time"]), np.nan))

    def steps(self, name):
        """Time and value of a column that belongs to steps: without the initial row."""
        return self.history["time"][1:], self.column(name)[1:]

    def has_density(self):
        """Whether there is any state of f to draw."""
        return ("f" in self.file and len(self.times) > 0) or (
            "f_last" in self.file and np.isfinite(self.file["f_last"].attrs["time"]))

    def shown_states(self, most=MOST_TIMES):
        """(index, time) of a few states: first, last, and between them evenly in the logarithm of what is left of D."""
        if "f" not in self.file:
            return [(None, float(self.file["f_last"].attrs["time"]))]
        return [(index, self.times[index]) for index in self.shown_indices(most)]

    def shown_indices(self, most=MOST_TIMES):
        """Indices of a few outputs, denser where the state changes faster."""
        count = len(self.times)
        if count <= most:
            return list(range(count))
        entropy = np.interp(self.times, self.history["time"], self.column("H"))
        speed = np.abs(np.gradient(entropy, self.times)) if np.isfinite(entropy).all() else np.ones(count)
        done = np.concatenate([[0], np.cumsum(0.5 * (np.sqrt(speed[1:]) + np.sqrt(speed[:-1])) * np.diff(self.times))])
        clock = done / done[-1] if done[-1] > 0 else np.linspace(0, 1, count)
        wanted = np.searchsorted(clock, np.linspace(0, 1, most)[1:-1])
        return sorted({0, count - 1, *(int(min(max(i, 1), count - 2)) for i in wanted)})

    def density(self, index):
        """f of one state, [x..][v..]."""
        return self.file["f_last"][...] if index is None else self.file["f"][index]

    def velocity_weights(self):
        """Weights of the trapezoidal rule on one velocity axis."""
        v = self.file["v1"][:]
        weights = np.full(len(v), v[1] - v[0])
        weights[[0, -1]] /= 2
        return weights

    def cut(self, f):
        """A function of v1 with its name: f at v = (v1, 0) for a homogeneous plane, else the marginal in v1."""
        weights = self.velocity_weights()
        if self.space_dim == 0 and self.velocity_dim == 2:
            return f[:, f.shape[1] // 2], r"$f(v_1, 0)$"
        if self.space_dim > 0:
            f = f.mean(axis=tuple(range(self.space_dim)))
        for _ in range(self.velocity_dim - 1):
            f = f @ weights
        return f, r"marginal $\langle f \rangle (v_1)$"

    def picture(self, f):
        """A function of two variables: array [second][first], the axes' values, their names, its own name."""
        weights = self.velocity_weights()
        if self.space_dim == 0:
            name = r"$f(v_1, v_2)$" if self.velocity_dim == 2 else r"$f$ integrated over $v_3$"
            f = f if self.velocity_dim == 2 else f @ weights
            return f.T, self.file["v1"][:], self.file["v2"][:], (r"$v_1$", r"$v_2$"), name
        for _ in range(self.velocity_dim - 1):
            f = f @ weights
        f = f.mean(axis=tuple(range(1, self.space_dim)))
        name = r"$f$ integrated over $v_2$" + (", $v_3$" if self.velocity_dim == 3 else "")
        name += "" if self.space_dim == 1 else r", averaged over $x_2$" + (", $x_3$" if self.space_dim == 3 else "")
        x = r"$x$" if self.space_dim == 1 else r"$x_1$"
        return f.T, self.file["x1"][:], self.file["v1"][:], (x, r"$v_1$"), name

    def scheme(self):
        """Scheme and time step as the deck has them, "" where it has none."""
        found = re.search(r"^time:(.*?)(?=^\S|\Z)", self.deck, re.S | re.M)
        scheme, step = (re.search(pattern, found.group(1)) if found else None
                        for pattern in (r"scheme:\s*(\w+)", r"\bdt:\s*([-+\d.eE]+)"))
        return (scheme.group(1) if scheme else "") + (f", $\\Delta t = {float(step.group(1)):g}$" if step else "")

    def exact_cut(self, time, v):
        """f(v, 0) of the BKW solution where the deck starts from it in the plane, else None."""
        start = re.search(r"shape:\s*bkw\b(.*?)(?:-\s*shape:|\Z)", self.deck, re.S)
        if not start or "error" not in self.history or self.space_dim != 0 or self.velocity_dim != 2:
            return None
        at, strength = re.search(r"\btime:\s*([-+\d.eE]+)", start.group(1)), re.search(
            r"\bstrength:\s*([-+\d.eE]+)", self.deck)
        if not at or not strength:
            return None
        v2 = v**2
        K = 1 - math.exp(-2 * float(strength.group(1)) * (float(at.group(1)) + time)) / 2
        return np.exp(-v2 / (2 * K)) / (2 * math.pi * K) * ((2 * K - 1) / K + (1 - K) * v2 / (2 * K * K))


# --- pieces of pictures ----------------------------------------------------------------------------------------------


def time_colours(count):
    """Colours for a sequence of times, dark to bright, none too pale."""
    return [matplotlib.colormaps["viridis"](0.88 * k / max(count - 1, 1)) for k in range(count)]


def label_time(axes):
    """The common horizontal axis."""
    axes.set_xlabel(r"time $t$")
    axes.margins(x=0.02)


def log_axis(axes, values, floor=None):
    """Logarithmic vertical axis where there is anything positive to show."""
    positive = np.concatenate([np.ravel(v[np.isfinite(v) & (v > 0)]) for v in values] or [np.array([])])
    if len(positive) == 0:
        return
    axes.set_yscale("log")
    if floor is not None:
        axes.set_ylim(bottom=floor)
        if positive.min() <= ROUND_OFF:
            axes.annotate(r"0 is drawn at $10^{-17}$", (0, 0), xycoords="axes fraction", xytext=(4, 3),
                          textcoords="offset points", color=FAINT, fontsize=7.5)
    elif positive.max() < 20 * positive.min():  # too short for decades: ask for labels between them
        axes.yaxis.set_minor_formatter(matplotlib.ticker.LogFormatter(labelOnlyBase=False, minor_thresholds=(2, 0.7)))


def line_of(run_number, runs, part=0):
    """Colour and dash of a curve: by part for a single run, by run for several."""
    if len(runs) == 1:
        return {"color": COLOURS[part % len(COLOURS)], "linestyle": "-"}
    return {"color": COLOURS[run_number % len(COLOURS)], "linestyle": DASHES[part % len(DASHES)]}


def run_legend(axes, runs):
    """Names of the runs, where there are several."""
    if len(runs) > 1:
        axes.legend([plt.Line2D([], [], color=COLOURS[i % len(COLOURS)]) for i in range(len(runs))],
                    [run.label for run in runs], loc="best")


def floored(values):
    """Absolute values for a logarithmic axis: nothing below ROUND_OFF."""
    return np.maximum(np.abs(values), ROUND_OFF)


def markers(count):
    """A marker a point while there are few of them."""
    return "o" if count <= 60 else None


def draw_entropy(axes, runs):
    """H(f) in time."""
    for i, run in enumerate(runs):
        axes.plot(run.history["time"], run.column("H"), **line_of(i, runs))
    axes.set_ylabel(r"entropy $H(f)$")
    label_time(axes)


def draw_dissipation(axes, runs, colour_part=0):
    """D(f) in time, logarithmic."""
    for i, run in enumerate(runs):
        axes.plot(run.history["time"], run.column("D"), **line_of(i, runs, colour_part if len(runs) == 1 else 0))
    axes.set_ylabel(r"dissipation $D(f)$")
    log_axis(axes, [run.column("D") for run in runs])
    label_time(axes)


def draw_defect(axes, runs):
    """|J| a step: full points J >= 0, hollow ones J < 0."""
    signs = set()
    for i, run in enumerate(runs):
        time, defect = run.steps("J")
        style = line_of(i, runs)
        axes.plot(time, floored(defect), color=style["color"], linewidth=0.7, alpha=0.5)
        for negative, face in ((False, style["color"]), (True, "white")):
            chosen = np.isfinite(defect) & ((defect < 0) == negative)
            if chosen.any():
                signs.add(negative)
                axes.plot(time[chosen], floored(defect[chosen]), "o", color=style["color"], markerfacecolor=face,
                          markersize=3.4 if len(time) <= 100 else 2)
    axes.axhline(1e-13, color=FAINT, linewidth=0.9, linestyle=DASHES[1])
    axes.annotate(r"$10^{-13}$", (1, 1e-13), xycoords=("axes fraction", "data"), xytext=(3, 0),
                  textcoords="offset points", ha="left", va="center", color=FAINT, fontsize=8.5)
    axes.set_ylabel(r"defect a step $|J|$")
    log_axis(axes, [floored(run.steps("J")[1]) for run in runs], floor=ROUND_OFF / 2)
    axes.set_ylim(top=max(axes.get_ylim()[1], 1e-12))
    label_time(axes)
    if len(signs) == 2 and len(runs) == 1:
        axes.legend([plt.Line2D([], [], marker="o", linestyle="", color=COLOURS[0], markerfacecolor=face)
                     for face in (COLOURS[0], "white")], [r"$J\geq 0$", r"$J<0$"], ncol=2, loc="upper left", handlelength=0.8)


def drifts(run):
    """Name and size of the relative drift of each invariant: momentum relative to sqrt(mass energy)."""
    mass, energy = run.column("mass"), run.column("energy")
    momentum = np.array([run.column(f"momentum_{a + 1}") for a in range(run.velocity_dim)])
    change = np.sqrt(((momentum - momentum[:, :1]) ** 2).sum(axis=0))
    return [("mass", np.abs(mass / mass[0] - 1)), ("momentum", change / math.sqrt(mass[0] * energy[0])),
            ("energy", np.abs(energy / energy[0] - 1))]


def draw_drifts(axes, runs, wanted=("mass", "momentum", "energy")):
    """Relative drifts of the invariants."""
    values = []
    for i, run in enumerate(runs):
        for part, (name, drift) in enumerate(drifts(run)):
            if name not in wanted:
                continue
            values.append(floored(drift[1:]))
            style = line_of(i, runs, part if len(wanted) > 1 else 0)
            axes.plot(run.history["time"][1:], values[-1], marker=markers(len(drift)), markersize=2.6,
                      linewidth=1.0, label=name if i == 0 else None, **style)
    log_axis(axes, values, floor=ROUND_OFF / 2)
    axes.set_ylim(top=max(axes.get_ylim()[1], 1e-13))
    label_time(axes)
    axes.set_ylabel("relative drift")
    if len(wanted) == 1:
        axes.set_title(wanted[0])
    else:
        axes.legend(ncol=3, loc="best")


def time_title(time):
    """t = ... for a panel."""
    return f"$t = {time:.4g}$"


def extent_of(points):
    """Where the picture of equidistant points begins and ends: half a spacing outside."""
    half = (points[1] - points[0]) / 2 if len(points) > 1 else 0.5
    return [points[0] - half, points[-1] + half]


def interesting(run, states, top):
    """The velocity beyond which nothing can be seen in the pictures of these states."""
    seen = 0.0
    for _, _, f in states:
        values, first, second, _, _ = run.picture(f)
        rows, columns = np.nonzero(values > 2e-3 * top)
        if len(rows):
            seen = max(seen, np.abs(second[rows]).max(), np.abs(first[columns]).max() if run.space_dim == 0 else 0)
    largest = run.file["v1"][-1]
    return min(1.15 * seen, largest) if seen > 0 else largest


def draw_density(axes, run, state, top, reach, with_label=True):
    """One state as a picture on a colour scale from 0 to top, velocities up to reach; returns the image."""
    _, time, f = state
    values, first, second, names, _ = run.picture(f)
    image = axes.imshow(values, origin="lower", extent=extent_of(first) + extent_of(second), cmap=DENSITY_MAP, vmin=0,
                        vmax=top, interpolation="bicubic", aspect="equal" if run.space_dim == 0 else "auto")
    axes.set_title(time_title(time))
    axes.set_ylim(-reach, reach)
    if run.space_dim == 0:
        axes.set_xlim(-reach, reach)
    axes.set_xlabel(names[0])
    if with_label:
        axes.set_ylabel(names[1])
    else:
        axes.tick_params(labelleft=False)
    axes.grid(False)
    for side in ("top", "right"):
        axes.spines[side].set_visible(True)
    return image


def draw_cut(axes, run, states, logarithmic):
    """The cuts of several states; points on the line of the exact solution where that is known."""
    v, top, bottom = run.file["v1"][:], 0.0, np.inf
    fine = np.linspace(v[0], v[-1], 401)
    exact_known = run.exact_cut(0, fine) is not None
    for (_, time, f), colour in zip(states, time_colours(len(states))):
        values, name = run.cut(f)
        if logarithmic:
            values = np.where(values > 0, values, np.nan)
        axes.plot(v, values, "o" if exact_known else "-", color=colour, label=time_title(time))
        if exact_known:
            axes.plot(fine, run.exact_cut(time, fine), color=colour, linewidth=0.9)
        top, bottom = np.nanmax(values, initial=top), np.nanmin(values, initial=bottom)
    if exact_known:
        axes.plot([], [], color=FAINT, linewidth=0.9, label="exact")
    if logarithmic and top > 0:
        axes.set_yscale("log")
        axes.set_ylim(max(bottom / 3, top * 1e-18), top * 5)
    axes.set_xlabel(r"$v_1$")
    axes.set_title(name + (", logarithmic" if logarithmic else ""))
    axes.margins(x=0.02)


def load_states(run, most=MOST_TIMES):
    """(index, time, f) of the states shown, and the largest value of their pictures."""
    states = [(index, time, run.density(index)) for index, time in run.shown_states(most)]
    top = max(np.nanmax(run.picture(f)[0], initial=0) for _, _, f in states)
    return states, top if 0 < top < np.inf else 1.0


def calm(axes):
    """No vertical axis that shows nothing but round-off."""
    low, high = axes.get_ylim()
    middle, least = (low + high) / 2, 1e-6 * max(abs(low), abs(high))
    if high - low < least:
        axes.set_ylim(middle - 0.05 * abs(middle), middle + 0.05 * abs(middle))


def draw_tensor(axes, runs):
    """The second moments P_ij in time; off-diagonal ones only where they are there."""
    pairs = [(a, b) for a in range(1, 4) for b in range(a, 4) if f"P_{a}{b}" in runs[0].history]
    scale = np.nanmax([np.abs(runs[0].column(f"P_{a}{a}")).max() for a, b in pairs if a == b])
    shown = [(a, b) for a, b in pairs if a == b or np.abs(runs[0].column(f"P_{a}{b}")).max() > 1e-10 * scale]
    for i, run in enumerate(runs):
        for part, (a, b) in enumerate(shown):
            style = line_of(i, runs, part)
            if len(runs) == 1:  # equal components must not hide each other
                style["linestyle"] = DASHES[part % len(DASHES)]
            axes.plot(run.history["time"], run.column(f"P_{a}{b}"), label=f"$P_{{{a}{b}}}$" if i == 0 else None,
                      **style)
    calm(axes)
    axes.set_title(r"second moments $P_{ij}$")
    label_time(axes)
    handles, labels = axes.get_legend_handles_labels()
    if len(runs) > 1:  # dashes mean components, colours mean runs
        handles = [plt.Line2D([], [], color=FAINT, linestyle=handle.get_linestyle()) for handle in handles]
    axes.legend(handles, labels, loc="best", ncol=2 if len(shown) > 3 else 1)


def profiles_of(runs):
    """(dataset, title, component) of the moments that are more than round-off somewhere."""
    profiles = [("density", r"density $\rho$", None), ("temperature", r"temperature $T$", None)]
    for a in range(runs[0].velocity_dim):
        size = max(np.nanmax(np.abs(run.file["velocity"][..., a]), initial=0) for run in runs)
        if size > 1e-10:
            profiles.append(("velocity", f"velocity $u_{a + 1}$", a))
    return profiles


def draw_profile(axes, runs, name, symbol, component):
    """A moment along x1 (mean over the other axes) at several times; of several runs the last one only."""
    for i, run in enumerate(runs):
        indices = run.shown_indices() if len(runs) == 1 else [len(run.times) - 1]
        for k, index in enumerate(indices):
            values = run.file[name][index]
            values = values if component is None else values[..., component]
            values = values.mean(axis=tuple(range(1, run.space_dim)))
            colour = time_colours(len(indices))[k] if len(runs) == 1 else COLOURS[i % len(COLOURS)]
            label = time_title(run.times[index]) if len(runs) == 1 else f"{run.label}, {time_title(run.times[index])}"
            axes.plot(run.file["x1"][:], values, color=colour, label=label)
    calm(axes)
    axes.set_title(symbol)
    axes.set_xlabel(r"$x$" if runs[0].space_dim == 1 else r"$x_1$")


# --- pictures --------------------------------------------------------------------------------------------------------


def figure_title(figure, runs):
    """The deck's title, left, where the eye begins; scheme and step of a single run at the right."""
    titles = {run.title for run in runs}
    text = titles.pop() if len(titles) == 1 else "  |  ".join(run.label for run in runs)
    figure.suptitle(text, x=0.01, ha="left", fontsize=10.5, fontweight="bold")
    if len(runs) == 1:
        figure.text(0.99, 0.99, runs[0].scheme(), ha="right", va="top", color=FAINT, fontsize=9)


def picture_entropy(runs):
    """entropy: H and D in time."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(8.2, 3.1))
    draw_entropy(left, runs)
    draw_dissipation(right, runs, colour_part=1)
    run_legend(left, runs)
    return figure


def picture_defect(runs):
    """defect: |J| a step."""
    if not any(np.isfinite(run.steps("J")[1]).any() for run in runs):
        return None
    figure, axes = plt.subplots(figsize=(5.6, 3.3))
    draw_defect(axes, runs)
    run_legend(axes, runs)
    return figure


def picture_conservation(runs):
    """conservation: drifts of the invariants."""
    if all(len(run.history["time"]) < 2 for run in runs):
        return None
    if len(runs) == 1:
        figure, axes = plt.subplots(figsize=(5.6, 3.3))
        draw_drifts(axes, runs)
        return figure
    figure, panels = plt.subplots(1, 3, figsize=(9.6, 3.1), sharey=True)
    for axes, name in zip(panels, ("mass", "momentum", "energy")):
        draw_drifts(axes, runs, (name,))
    run_legend(panels[0], runs)
    return figure


def picture_error(runs):
    """error: the distance to the exact solution."""
    known = [run for run in runs if "error" in run.history]
    if not known:
        return None
    figure, axes = plt.subplots(figsize=(5.6, 3.3))
    for i, run in enumerate(known):
        axes.plot(run.history["time"][1:], run.column("error")[1:], marker=markers(len(run.column("error"))),
                  **line_of(i, known))
    log_axis(axes, [run.column("error")[1:] for run in known])
    axes.set_ylabel(r"relative $L^2$ error")
    label_time(axes)
    run_legend(axes, known)
    return figure


def picture_slices(runs):
    """slices: one state of f a panel, cuts below, linear and logarithmic."""
    run = runs[0]
    if not run.has_density():
        return None
    states, top = load_states(run)
    figure = plt.figure(figsize=(9.0, 5.4))
    upper, lower = figure.subfigures(2, 1, height_ratios=(1, 1))
    panels = np.atleast_1d(upper.subplots(1, len(states)))
    draw_states(upper, panels, run, states, top)
    left, right = lower.subplots(1, 2)
    draw_cut(left, run, states, False)
    draw_cut(right, run, states, True)
    left.legend(loc="upper right")
    return figure


def draw_states(figure, panels, run, states, top, shrink=1.0):
    """States side by side with one colour bar."""
    reach = interesting(run, states, top)
    for k, (axes, state) in enumerate(zip(panels, states)):
        image = draw_density(axes, run, state, top, reach, with_label=k == 0)
    bar = figure.colorbar(image, ax=list(panels), pad=0.02, fraction=0.04, aspect=18 * shrink,
                          shrink=shrink)
    bar.outline.set_linewidth(0.5)
    bar.set_label(run.picture(states[0][2])[4])


def picture_moments(runs):
    """moments: P_ij in time and, in space, profiles of density, velocity and temperature."""
    spatial = all(run.space_dim > 0 and len(run.times) > 0 for run in runs)
    profiles = profiles_of(runs) if spatial else []
    if not profiles:
        figure, axes = plt.subplots(figsize=(5.6, 3.3))
        draw_tensor(axes, runs)
        legend_beside(axes, runs)
        return figure
    count = len(profiles) + 1
    columns, spare = (count + 1) // 2, count % 2
    figure = plt.figure(figsize=(3.0 * columns + (0 if spare else 1.1), 5.0))
    grid = figure.add_gridspec(2, columns + 1, width_ratios=[1] * columns + [0.001 if spare else 0.3])
    panels = [figure.add_subplot(grid[k // columns, k % columns]) for k in range(count)]
    draw_tensor(panels[0], runs)
    for axes, profile in zip(panels[1:], profiles):
        draw_profile(axes, runs, *profile)
    beside = figure.add_subplot(grid[1, columns - 1] if spare else grid[:, columns])
    beside.set_axis_off()
    beside.legend(*panels[1].get_legend_handles_labels(), loc="center left", fontsize=9.5)
    return figure


def legend_beside(axes, runs):
    """Names of the runs beside a panel that has a legend already."""
    if len(runs) > 1:
        first = axes.get_legend()
        axes.legend([plt.Line2D([], [], color=COLOURS[i % len(COLOURS)]) for i in range(len(runs))],
                    [run.label for run in runs], loc="center left", bbox_to_anchor=(1, 0.5))
        axes.add_artist(first)


def picture_overview(runs):
    """overview: entropy and dissipation, defect, drifts, first and last state."""
    run = runs[0]
    figure = plt.figure(figsize=(9.0, 6.2))
    quarters = figure.subfigures(2, 2, wspace=0.03, hspace=0.03).flat
    entropy = quarters[0].subplots()
    draw_entropy(entropy, [run])
    entropy.yaxis.label.set_color(COLOURS[0])
    dissipation = entropy.twinx()
    draw_dissipation(dissipation, [run], colour_part=1)
    dissipation.yaxis.label.set_color(COLOURS[1])
    dissipation.grid(False)
    draw_defect(quarters[1].subplots(), [run])
    draw_drifts(quarters[2].subplots(), [run])
    if run.has_density():
        states, top = load_states(run, 2)
        draw_states(quarters[3], np.atleast_1d(quarters[3].subplots(1, len(states))), run, states, top,
                    shrink=0.62 if run.space_dim == 0 and len(states) > 1 else 1.0)
    return figure


PICTURES = {"entropy": picture_entropy, "defect": picture_defect, "conservation": picture_conservation,
            "error": picture_error, "slices": picture_slices, "moments": picture_moments,
            "overview": picture_overview}
OF_ONE_RUN = ("slices", "overview")


def write_pictures(runs, folder, form, quiet):
    """Draw what the runs have data for."""
    for name, draw in PICTURES.items():
        if len(runs) > 1 and name in OF_ONE_RUN:
            continue
        figure = draw(runs)
        if figure is None:
            continue
        figure_title(figure, runs)
        path = os.path.join(folder, f"{name}.{form}")
        try:
            figure.savefig(path)
        except OSError as error:
            raise PlotError(f"cannot write '{path}': {error.strerror or error}") from None
        plt.close(figure)
        if not quiet:
            print(path)


def main():
    """The command line."""
    parser = argparse.ArgumentParser(prog="grazing plot", description="Pictures of the results in DIR...")
    parser.add_argument("directories", metavar="DIR", nargs="+")
    parser.add_argument("--format", choices=("png", "svg"), default="png")
    parser.add_argument("--out", metavar="FOLDER", help="default: DIR itself, for several ./plot")
    parser.add_argument("--quiet", action="store_true", help="do not list the files written")
    arguments = parser.parse_args()
    try:
        runs = [Run(directory) for directory in arguments.directories]
        folder = arguments.out or (arguments.directories[0] if len(runs) == 1 else "plot")
        os.makedirs(folder, exist_ok=True)
        with plt.rc_context(STYLE):
            write_pictures(runs, folder, arguments.format, arguments.quiet)
    except PlotError as error:
        print(error, file=sys.stderr)
        return 5
    except OSError as error:
        print(f"cannot write '{error.filename}': {error.strerror}", file=sys.stderr)
        return 5
    return 0


if __name__ == "__main__":
    sys.exit(main())
