#!/usr/bin/env python3
"""Pictures of grazing runs: what `grazing plot DIR...` draws.

    plot.py DIR... [--format png|svg] [--out FOLDER] [--overwrite] [--quiet] [--decay RATE,BEGIN,END]

DIR/history.csv gives the pictures entropy (H and D in time), relaxation (H(f|M) to the equilibrium, and its rate), defect
(|J| a step), conservation (drifts of mass, momentum and energy), moments (the second moments P_ij) and error (where an
exact solution is known). DIR/result.h5 gives slices (f at several times) and moments (profiles in x). overview combines
the most telling pictures. With a force or a field there are energies (their changes, and what streaming and kicks did to
the total one) and field (E in x and time). Of a mixture there are slices and moments of each species (slices_NAME), and
species, their temperatures and velocities in time. Several DIRs share the pictures in time. The pictures of one run go into its DIR, those of
several runs into FOLDER (default: ./plot). Pictures that are there are replaced in DIR itself, elsewhere with --overwrite
only. For a DIR that `grazing converge` or `grazing compare` has written, the
picture is drawn again from the table there.

Exit status: 0 fine, 2 usage, 5 a file cannot be read or written.
"""
import argparse
import math
import os
import sys

sys.dont_write_bytecode = True  # the folder of this script may belong to somebody else
try:
    import numpy as np

    from energies import has_energies, picture_energies, picture_field
    from look import (COLOURS, DASHES, DENSITY_MAP, FAINT, ROUND_OFF, STYLE, calm, extent_of, figure_title, floored,
                      label_time, legend_beside, line_of, log_axis, markers, plain, plt, run_colour, run_legend,
                      save, time_colours, time_title)
    from results import MOST_TIMES, PlotError, Run
    from study import redraw, studies_of, table_of
except ImportError as missing:
    sys.exit(f"plot.py needs numpy, h5py and matplotlib ({missing}): apt install python3-numpy python3-h5py "
             "python3-matplotlib, or pip install numpy h5py matplotlib")

# --- pieces of pictures ----------------------------------------------------------------------------------------------


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


def draw_relaxation(axes, runs):
    """H(f|M), the relative entropy to the equilibrium, in time, logarithmic, and for a single run the rate of its decay."""
    for i, run in enumerate(runs):
        time, distance = run.history["time"], run.column("relative_entropy")
        axes.plot(time, np.where(distance > 0, distance, np.nan), **line_of(i, runs))
    log_axis(axes, [run.column("relative_entropy") for run in runs])
    if len(runs) == 1 and runs[0].decay:
        rate, begin, end = runs[0].decay
        chosen = (time >= begin) & (time <= end) & (distance > 0)
        height = np.exp(np.mean(np.log(distance[chosen]) + rate * time[chosen]))
        axes.plot(time[chosen], 3 * height * np.exp(-rate * time[chosen]), color=FAINT, linestyle=DASHES[1])
        axes.annotate(rf"$e^{{-{rate:.4g}\,t}}$", (begin, 3 * height * math.exp(-rate * begin)), xytext=(5, 3),
                      textcoords="offset points", color=FAINT)
    axes.set_ylabel(r"$H(f|M)$")
    label_time(axes)


def draw_defect(axes, runs):
    """|J| of every step; full points mean J >= 0, hollow points J < 0."""
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
                     for face in (COLOURS[0], "white")], [r"$J\geq 0$", r"$J<0$"], ncol=2, loc="upper left",
                    handlelength=0.8)


def drifts(run):
    """Name and size of the relative drift of each invariant, as in report.txt: that of the momentum is the Euclidean
    norm of its change over sqrt(mass energy), and what has left through walls or to a bath counts. With a force or a field the
    energy is the total one, over the kinetic one."""
    def total(name, left):
        """The column, plus what has left through the walls of a box."""
        return run.column(name) + (run.column(left) if left in run.history else 0)

    mass, energy = total("mass", "mass_left"), total("energy", "energy_left")
    if run.has_bath():  # energy is int |v|^2 f, twice what the bath counts in
        energy = energy + 2 * run.column("bath_energy")
    momentum = np.array([total(f"momentum_{a + 1}", f"momentum_left_{a + 1}") for a in range(run.velocity_dim)])
    change = np.sqrt(((momentum - momentum[:, :1]) ** 2).sum(axis=0))
    lost = energy - energy[0]
    if has_energies(run):
        whole = 2 * run.column("energy_total")
        lost = whole - whole[0] + (energy - run.column("energy"))
    all_drifts = [("mass", np.abs(mass / mass[0] - 1)), ("momentum", change / math.sqrt(mass[0] * energy[0])),
                  ("energy", np.abs(lost / energy[0]))]
    return [drift for drift in all_drifts if drift[0] != "momentum" or not run.has_bath()]


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
        axes.legend(ncol=len(axes.get_legend_handles_labels()[0]), loc="best")


def interesting(run, states, top):
    """The velocity up to which the pictures of these states show something; axes end a little beyond it."""
    seen = 0.0
    for _, _, f in states:
        values, first, second, _, _ = run.picture(f)
        rows, columns = np.nonzero(values > 2e-3 * top)
        if len(rows):
            seen = max(seen, np.abs(second[rows]).max(), np.abs(first[columns]).max() if run.space_dim == 0 else 0)
    largest = run.file["v1"][-1]
    return min(1.15 * seen, largest) if seen > 0 else largest


def draw_density(axes, run, state, top, reach, with_label=True):
    """One state as a picture on a colour scale from 0 to top, with velocities up to reach; returns the image."""
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
    """The cuts of several states. Where the exact solution is known, it is the line and the cuts are points."""
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
    """(index, time, f) of the states shown, and the largest value in their pictures."""
    states = [(index, time, run.density(index)) for index, time in run.shown_states(most)]
    top = max(np.nanmax(f if run.is_line() else run.picture(f)[0], initial=0) for _, _, f in states)
    return states, top if 0 < top < np.inf else 1.0


def draw_tensor(axes, runs):
    """The second moments P_ij in time; the off-diagonal ones only if they are more than round-off."""
    pairs = [(a, b) for a in range(1, 4) for b in range(a, 4)
             if all(f"P_{a}{b}" in run.history for run in runs)]
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
    """(dataset, title, component) of the moments to draw: a velocity component only if it is more than round-off."""
    profiles = [("density", r"density $\rho$", None), ("temperature", r"temperature $T$", None)]
    for a in range(min(run.velocity_dim for run in runs)):
        size = max(np.nanmax(np.abs(run.moment("velocity", slice(None))[..., a]), initial=0) for run in runs)
        if size > 1e-10:
            profiles.append(("velocity", f"velocity $u_{a + 1}$", a))
    return profiles


def draw_profile(axes, runs, name, symbol, component):
    """A moment along x1 (mean over the other axes). A single run is drawn at several times, several runs at their last."""
    for i, run in enumerate(runs):
        indices = run.shown_indices() if len(runs) == 1 else [len(run.times) - 1]
        for k, index in enumerate(indices):
            values = run.moment(name, index)
            values = values if component is None else values[..., component]
            values = values.mean(axis=tuple(range(1, run.space_dim)))
            colour = time_colours(len(indices))[k] if len(runs) == 1 else run_colour(i, runs)
            label = "" if len(runs) == 1 else plain(run.label) + ", "
            axes.plot(run.file["x1"][:], values, color=colour, label=label + time_title(run.times[index]))
    calm(axes)
    axes.set_title(symbol)
    axes.set_xlabel(r"$x$" if runs[0].space_dim == 1 else r"$x_1$")


# --- pictures --------------------------------------------------------------------------------------------------------


def picture_entropy(runs):
    """entropy: H and D in time."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(8.2, 3.1))
    draw_entropy(left, runs)
    draw_dissipation(right, runs, colour_part=1)
    run_legend(left, runs)
    return figure


def picture_relaxation(runs):
    """relaxation: the relative entropy to the discrete equilibrium."""
    if not any((run.column("relative_entropy") > 0).any() for run in runs):
        return None
    figure, axes = plt.subplots(figsize=(5.6, 3.3))
    draw_relaxation(axes, runs)
    run_legend(axes, runs)
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
    names = [name for name in ("mass", "momentum", "energy") if name != "momentum" or not any(run.has_bath() for run in runs)]
    figure, panels = plt.subplots(1, len(names), figsize=(3.2 * len(names), 3.1), sharey=True)
    for axes, name in zip(panels, names):
        draw_drifts(axes, runs, (name,))
    for axes in panels[1:]:
        axes.set_ylabel("")
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
    """slices: a panel for each of several states of f, and below them the cuts, linear and logarithmic."""
    run = runs[0]
    if not run.has_density():
        return None
    states, top = load_states(run)
    if run.is_line():
        figure, (left, right) = plt.subplots(1, 2, figsize=(9.0, 3.1))
        draw_cut(left, run, states, False)
        draw_cut(right, run, states, True)
        left.legend(loc="upper right")
        return figure
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


def draw_species(axes, runs, value):
    """A quantity of every species in time: value(run, part)."""
    for i, run in enumerate(runs):
        for part, name in enumerate(run.species):
            style = line_of(i, runs, part)
            axes.plot(run.history["time"], value(run, part), label=plain(name) if i == 0 else None, **style)
    calm(axes)
    label_time(axes)
    axes.legend(loc="best")


def temperature(run, part):
    """The temperature of a species in time."""
    return run.column("temperature_" + run.species[part])


def velocity(run, part, axis=1):
    """The mean velocity of a species in time, with the integral over x of its density for the particles."""
    volume = math.prod(float(length) for length in run.deck.get("grid.x.length", "1").strip("[]").split(","))
    number = volume * run.file["species_mass"][part] * run.column("density_" + run.species[part])
    return run.column(f"momentum_{run.species[part]}_{axis}") / number


def picture_species(runs):
    """species: temperatures of the species of a mixture, and their mean velocities where they have any."""
    mixtures = [run for run in runs if run.species]
    if not mixtures:
        return None
    moves = any(np.nanmax(np.abs(velocity(run, part))) > 1e-10 for run in mixtures for part in range(len(run.species)))
    figure, panels = plt.subplots(1, 2 if moves else 1, figsize=(8.2 if moves else 5.6, 3.3), squeeze=False)
    draw_species(panels[0, 0], mixtures, temperature)
    panels[0, 0].set_ylabel(r"temperature $T_s$")
    if moves:
        draw_species(panels[0, 1], mixtures, velocity)
        panels[0, 1].set_ylabel(r"mean velocity $u_{s,1}$")
    legend_beside(panels[0, -1], mixtures)
    return figure


def picture_overview(runs):
    """overview: entropy and dissipation, defect, drifts, first and last state, or of a mixture the temperatures."""
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
    if run.species:
        temperatures = quarters[3].subplots()
        draw_species(temperatures, [run], temperature)
        temperatures.set_ylabel(r"temperature $T_s$")
    elif run.has_density():
        states, top = load_states(run, 2)
        if run.is_line():
            axes = quarters[3].subplots()
            draw_cut(axes, run, states, False)
            axes.legend(loc="upper right")
        else:
            draw_states(quarters[3], np.atleast_1d(quarters[3].subplots(1, len(states))), run, states, top,
                        shrink=0.62 if run.space_dim == 0 and len(states) > 1 else 1.0)
    return figure


PICTURES = {"entropy": picture_entropy, "relaxation": picture_relaxation, "defect": picture_defect, "conservation": picture_conservation,
            "error": picture_error, "slices": picture_slices, "moments": picture_moments, "species": picture_species,
            "energies": picture_energies, "field": picture_field, "overview": picture_overview}
OF_ONE_RUN = ("slices", "field", "overview")
OF_A_SPECIES = ("slices", "moments")


def views_of(name, runs):
    """What a picture is drawn of: the runs, or where it is of one species, each species of a single mixture in turn."""
    mixtures = [run for run in runs if run.species and (name != "moments" or run.space_dim > 0)]
    if name not in OF_A_SPECIES or not mixtures:
        return [runs]
    return [[view] for view in runs[0].parts()] if len(runs) == 1 else []


def check_free(names, folder, sources, arguments):
    """Refuse to write over pictures of something else: those in a folder that is none of the sources."""
    if arguments.overwrite or any(os.path.exists(folder) and os.path.samefile(folder, source) for source in sources):
        return
    for name in names:
        if os.path.exists(os.path.join(folder, f"{name}.{arguments.format}")):
            raise PlotError(f"'{folder}' holds {name}.{arguments.format}; --overwrite or another --out")


class Listing:
    """Lists the files that are written, as long as somebody listens: the pictures are drawn all the same."""

    def __init__(self, quiet):
        self.quiet = quiet
        self.closed = False

    def add(self, path):
        """One more file."""
        if self.quiet or self.closed:
            return
        try:
            print("".join(letter if letter.isprintable() else " " for letter in path), flush=True)
        except OSError:
            self.closed = True
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for what Python has still to flush


def write_pictures(runs, folder, form, listing):
    """Draw and save every picture for which the runs have data."""
    for name, draw in PICTURES.items():
        if len(runs) > 1 and name in OF_ONE_RUN:
            continue
        for views in views_of(name, runs):
            figure = draw(views)
            if figure is None:
                continue
            figure_title(figure, views)
            path = os.path.join(folder, f"{name}{views[0].suffix()}.{form}")
            try:
                save(figure, path)
            except OSError as error:
                raise PlotError(f"cannot write '{path}': {error.strerror or error}") from None
            listing.add(path)


def draw_studies(directory, arguments, listing):
    """Draw the pictures of a folder that `grazing converge` or `grazing compare` has written."""
    out = arguments.out or directory
    os.makedirs(out, exist_ok=True)
    check_free(studies_of(directory), out, [directory], arguments)
    for kind in studies_of(directory):
        try:
            path = redraw(directory, kind, out, arguments.format)
        except (KeyError, TypeError, IndexError, ValueError, StopIteration) as error:
            raise PlotError(f"'{table_of(directory, kind)}' is no table of {kind}: {error}") from None
        listing.add(path)


def decay(text):
    """Rate, begin and end of the word of --decay."""
    rate, begin, end = (float(word) for word in text.split(","))
    return rate, begin, end


def main():
    """The command line."""
    parser = argparse.ArgumentParser(prog="grazing plot", description="Pictures of the results in DIR...")
    parser.add_argument("directories", metavar="DIR", nargs="+")
    parser.add_argument("--format", choices=("png", "svg"), default="png")
    parser.add_argument("--out", metavar="FOLDER", help="default: DIR itself, for several ./plot")
    parser.add_argument("--overwrite", action="store_true", help="replace pictures in another folder than DIR")
    parser.add_argument("--quiet", action="store_true", help="do not list the files written")
    parser.add_argument("--decay", metavar="RATE,BEGIN,END", type=decay,
                        help="the rate at which the relative entropy of a single run falls, and when it does")
    arguments = parser.parse_args()
    listing = Listing(arguments.quiet)
    try:
        studies = [directory for directory in arguments.directories if studies_of(directory)]
        for directory in studies:
            draw_studies(directory, arguments, listing)
        arguments.directories = [directory for directory in arguments.directories if directory not in studies]
        if arguments.directories:
            runs = [Run(directory, arguments.decay) for directory in arguments.directories]
            folder = arguments.out or (arguments.directories[0] if len(runs) == 1 else "plot")
            check_free(PICTURES, folder, arguments.directories, arguments)
            os.makedirs(folder, exist_ok=True)
            with plt.rc_context(STYLE):
                write_pictures(runs, folder, arguments.format, listing)
    except PlotError as error:
        print(error, file=sys.stderr)
        return 5
    except OSError as error:
        print(f"cannot write '{error.filename}': {error.strerror}", file=sys.stderr)
        return 5
    if listing.closed:
        print("the pictures are drawn, but their list cannot be written to the standard output", file=sys.stderr)
    return 5 if listing.closed else 0


if __name__ == "__main__":
    sys.exit(main())
