"""The look of all pictures: colours that the colour-blind can tell apart, quiet axes, honest logarithms."""
import os

import matplotlib
import numpy as np

matplotlib.use("Agg")
from matplotlib import pyplot as plt  # noqa: E402  (after the choice of the backend)
from matplotlib.ticker import LogFormatter  # noqa: E402

INK, FAINT = "#222222", "#8a8a8a"
COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"]  # Okabe & Ito: safe for the colour-blind
DASHES = ["-", (0, (5, 1.5)), (0, (1.2, 1.2)), (0, (5, 1.5, 1.2, 1.5))]
DENSITY_MAP = "GnBu"
ROUND_OFF = 1e-17   # smaller values, and 0, are drawn at this height on logarithmic axes

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


def save(figure, path):
    """Write a picture. An older one of this name is replaced when the new one is complete."""
    fresh = path + ".new"
    try:
        figure.savefig(fresh, format=os.path.splitext(path)[1][1:])
        os.replace(fresh, path)
    except OSError:
        if os.path.exists(fresh):
            os.remove(fresh)
        raise
    plt.close(figure)


def time_colours(count):
    """Colours for a sequence of times, from dark to bright; the palest part of the map is left out."""
    return [matplotlib.colormaps["viridis"](0.88 * k / max(count - 1, 1)) for k in range(count)]


def label_time(axes):
    """Label the horizontal axis of a picture in time."""
    axes.set_xlabel(r"time $t$")
    axes.margins(x=0.02)


def log_axis(axes, values, floor=None):
    """Make the vertical axis logarithmic, unless no value is positive; floor is its lower end."""
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
        axes.yaxis.set_minor_formatter(LogFormatter(labelOnlyBase=False, minor_thresholds=(2, 0.7)))


def run_colour(number, runs):
    """The colour of a run among several: distinct colours as long as there are enough of them, else a colour sequence."""
    return COLOURS[number] if len(runs) <= len(COLOURS) else time_colours(len(runs))[number]


def line_of(number, runs, part=0):
    """Colour and dash of a curve. A single run has a colour for every part; of several runs, each has its colour, and
    the dashes tell the parts apart."""
    if len(runs) == 1:
        return {"color": COLOURS[part % len(COLOURS)], "linestyle": "-"}
    return {"color": run_colour(number, runs), "linestyle": DASHES[part % len(DASHES)]}


def run_handles(runs):
    """Lines and names of the runs for a legend."""
    return [plt.Line2D([], [], color=run_colour(i, runs)) for i in range(len(runs))], [plain(run.label) for run in runs]


def run_legend(axes, runs):
    """A legend with the names of the runs, if there are several."""
    if len(runs) > 1:
        axes.legend(*run_handles(runs), loc="best")


def plain(text):
    """A user's text with its dollar signs escaped, so that matplotlib does not read it as mathematics."""
    return text.replace("$", r"\$")


def floored(values):
    """Absolute values for a logarithmic axis, raised to ROUND_OFF where they are smaller."""
    return np.maximum(np.abs(values), ROUND_OFF)


def markers(count):
    """A marker for every point as long as there are few points, else none."""
    return "o" if count <= 60 else None


def time_title(time):
    """The title of a panel that shows one time."""
    return f"$t = {time:.4g}$"


def extent_of(points):
    """Where the picture of equidistant points begins and ends: half a spacing outside."""
    half = (points[1] - points[0]) / 2 if len(points) > 1 else 0.5
    return [points[0] - half, points[-1] + half]


def calm(axes):
    """Widen a vertical axis that would show nothing but round-off."""
    low, high = axes.get_ylim()
    middle, least = (low + high) / 2, 1e-6 * max(abs(low), abs(high))
    if high - low < least:
        axes.set_ylim(middle - 0.05 * abs(middle), middle + 0.05 * abs(middle))


def legend_beside(axes, runs):
    """A legend with the names of the runs, beside a panel that has another legend already."""
    if len(runs) > 1:
        first = axes.get_legend()
        axes.legend(*run_handles(runs), loc="center left", bbox_to_anchor=(1, 0.5))
        axes.add_artist(first)


def figure_title(figure, runs):
    """The deck's title at the left, where the eye begins; for a single run, its scheme and time step at the right."""
    titles = {run.title for run in runs}
    text = titles.pop() if len(titles) == 1 else "  |  ".join(run.label for run in runs)
    figure.suptitle(plain(text), x=0.01, ha="left", fontsize=10.5, fontweight="bold")
    if len(runs) == 1:
        figure.text(0.99, 0.99, runs[0].scheme(), ha="right", va="top", color=FAINT, fontsize=9)
