"""Pictures of forces and fields: the energies in time, and E along x."""
import numpy as np

from look import (DASHES, ROUND_OFF, calm, floored, label_time, line_of, log_axis, markers, plt, run_legend,
                  time_colours, time_title)

PARTS = (("energy", r"$\frac{1}{2}\int |v|^2 f$", 0.5), ("potential_energy", r"$\int V f$", 1), ("field_energy", "field", 1),
         ("energy_total", "total", 1))


def has_energies(run):
    """Whether the run has a force or a field."""
    return "energy_total" in run.history


def draw_changes(axes, runs):
    """By how much each energy has changed, relative to the kinetic one."""
    for i, run in enumerate(runs):
        kinetic = run.column("energy")[0] / 2
        for part, (name, label, factor) in enumerate(PARTS):
            values = factor * run.column(name)
            if name != "energy_total" and not np.any(values):
                continue
            style = line_of(i, runs, part)
            if len(runs) > 1:
                style["linestyle"] = DASHES[part % len(DASHES)]
            axes.plot(run.history["time"], (values - values[0]) / kinetic, label=label if i == 0 else None, **style)
    calm(axes)
    label_time(axes)
    axes.set_ylabel("change over the kinetic energy")
    axes.legend(loc="center right")


def draw_field_energy(axes, runs):
    """The size of the field's energy."""
    shown = []
    for i, run in enumerate(runs):
        shown.append(floored(np.abs(run.column("field_energy")) / (run.column("energy")[0] / 2)))
        axes.plot(run.history["time"], shown[-1], **line_of(i, runs))
    log_axis(axes, shown)
    label_time(axes)
    axes.set_ylabel("field energy over the kinetic one")


def draw_transport(axes, runs):
    """What streaming and kicks did to the total energy in each step."""
    shown = []
    for i, run in enumerate(runs):
        time, change = run.steps("dE_transport")
        shown.append(floored(np.abs(change) / (run.column("energy")[0] / 2)))
        axes.plot(time, shown[-1], marker=markers(len(time)), markersize=2.6, linewidth=1.0, **line_of(i, runs))
    log_axis(axes, shown, floor=ROUND_OFF / 2)
    label_time(axes)
    axes.set_ylabel("|dE| of a step over the kinetic energy")


def picture_energies(runs):
    """energies: their changes, the field's energy and what transport did to the total one."""
    runs = [run for run in runs if has_energies(run)]
    if not runs:
        return None
    field = any(np.any(run.column("field_energy")) for run in runs)
    figure, panels = plt.subplots(1, 3 if field else 2, figsize=(11.4 if field else 8.2, 3.3))
    draw_changes(panels[0], runs)
    if field:
        draw_field_energy(panels[1], runs)
    draw_transport(panels[-1], runs)
    run_legend(panels[-1], runs)
    return figure


def picture_field(runs):
    """field: E along x1 (mean over the other axes) at several times, and over x1 and time."""
    run = runs[0]
    if "field" not in run.file or len(run.times) == 0:
        return None
    values = run.file["field"][...]
    values = values if run.space_dim == 1 else values[:, 0]  # along x1
    values = values.mean(axis=tuple(range(2, values.ndim)))
    x = run.file["x1"][:]
    figure, (left, right) = plt.subplots(1, 2, figsize=(8.6, 3.3))
    indices = run.shown_indices()
    for k, index in enumerate(indices):
        left.plot(x, values[index], color=time_colours(len(indices))[k], label=time_title(run.times[index]))
    calm(left)
    left.set_xlabel(r"$x$" if run.space_dim == 1 else r"$x_1$")
    left.set_ylabel(r"$E$" if run.space_dim == 1 else r"$E_1$")
    left.legend(loc="best")
    if len(run.times) < 3:
        right.set_axis_off()
        return figure
    top = np.nanmax(np.abs(values)) or 1
    mesh = right.pcolormesh(x, run.times, values, cmap="RdBu_r", vmin=-top, vmax=top, shading="nearest", rasterized=True)
    figure.colorbar(mesh, ax=right)
    right.set_xlabel(left.get_xlabel())
    right.set_ylabel(r"$t$")
    return figure
