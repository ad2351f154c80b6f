#!/usr/bin/env python3
"""Pictures of studies: what `grazing converge` and `grazing compare` draw from the tables they have written.

    study.py converge FOLDER --key time.dt --order 1.99 [--title TEXT]
    study.py compare FOLDER [--at-error E,E,..] [--title TEXT]
    study.py budget FOLDER [--title TEXT]

converge.png shows the error against the varied key, and the order as a triangle. compare.png (work-precision) shows the
error against seconds and against applications and set-ups of the operator; hollow points are states that are not
positive, and the legend counts the runs that did not reach their end. budget.png shows the error of every source, with its
share.

Exit status: 0 fine, 2 usage, 5 a file cannot be read or written.
"""
import argparse
import csv
import json
import math
import os
import sys

sys.dont_write_bytecode = True  # the folder of this script may belong to somebody else
try:
    import numpy as np
    from matplotlib.ticker import NullFormatter, ScalarFormatter

    from look import COLOURS, DASHES, FAINT, INK, STYLE, plain, plt, save
except ImportError as missing:
    sys.exit(f"study.py needs numpy, h5py and matplotlib ({missing}): apt install python3-numpy python3-h5py "
             "python3-matplotlib, or pip install numpy h5py matplotlib")

KINDS = ("converge", "compare", "budget")
MARKS = ["o", "s", "D", "^", "v", "P", "X", "<", ">"]


def table_of(folder, kind):
    """The table of a study: KIND.json has all columns, KIND.csv those that were asked for. Older folders have the CSV
    alone, with all columns."""
    path = os.path.join(folder, kind + ".json")
    return path if os.path.exists(path) else os.path.join(folder, kind + ".csv")


def read_table(path):
    """The rows of a JSON or CSV file as dictionaries; what is null becomes NaN, words that are numbers numbers."""
    rows = []
    with open(path, encoding="utf-8", newline="") as file:
        if path.endswith(".json"):
            return [{name: math.nan if word is None else word for name, word in row.items()} for row in json.load(file)]
        for row in csv.DictReader(file):
            for name, word in row.items():
                try:
                    row[name] = float(word)
                except ValueError:
                    pass
            rows.append(row)
    return rows


def column(rows, name):
    """A column of the table as an array."""
    return np.array([row[name] for row in rows], dtype=float)


def label_ticks(axes, values):
    """Label the horizontal axis with the levels themselves if there are few of them."""
    if len(values) > 8:
        return
    axes.set_xticks(values)
    axes.xaxis.set_major_formatter(ScalarFormatter())
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xticklabels([f"{value:g}" for value in values])


def draw_triangle(axes, x, h, error, order):
    """A triangle of slope `order` below the middle of the curve. x may be h itself, or fall as h rises."""
    if not math.isfinite(order) or len(x) < 2:
        return
    middle = max(len(x) // 2 - 1, 0)
    ends, steps = x[middle:middle + 2], h[middle:middle + 2]
    top = 0.55 * error[middle] * np.array([1.0, (steps[1] / steps[0]) ** order])
    axes.plot([ends[0], ends[1], ends[0], ends[0]], [top[0], top[1], top[1], top[0]], color=FAINT, linewidth=1.0)
    axes.annotate(f"{order:.2f}", (ends[0], math.sqrt(top[0] * top[1])), xytext=(4 if ends[0] > ends[1] else -4, 0),
                  textcoords="offset points", ha="left" if ends[0] > ends[1] else "right", va="center", color=INK)


def converge_picture(rows, key, order):
    """The errors of all levels of a convergence study, in three norms."""
    figure, axes = plt.subplots(figsize=(4.6, 3.8))
    for number, (name, label) in enumerate((("error_L2", "$L^2$"), ("error_L1", "$L^1$"),
                                            ("error_Linf", r"$L^\infty$"))):
        x, h, error = column(rows, key), column(rows, "h"), column(rows, name)
        seen = np.isfinite(error) & (error > 0)
        if not seen.any():
            continue
        axes.loglog(x[seen], error[seen], marker=MARKS[number], markersize=4.5, color=COLOURS[number], label=label)
        if number == 0:
            draw_triangle(axes, x[seen], h[seen], error[seen], order)
    axes.set_xlabel(plain(key))
    axes.set_ylabel("relative error at the end")
    label_ticks(axes, [row[key] for row in rows if math.isfinite(row["error_L2"])])
    axes.legend(loc="best")
    return figure


def joined(rows, x, error, seen):
    """Numbers of the rows that a line joins, of those that are seen. Rows of one ladder are joined as they come. With
    pairs of dt and tolerance it is the envelope: from the cheapest on, rows more accurate than all that are cheaper."""
    places = np.flatnonzero(seen)
    if min(len({row["dt"] for row in rows}), len({row["tolerance"] for row in rows})) < 2:
        return places
    places = places[np.lexsort((error[places], x[places]))]
    best = np.minimum.accumulate(np.append(np.inf, error[places]))
    return places[error[places] < best[:-1]]


def draw_method(axes, rows, work, number):
    """One method's errors against its work."""
    x, error = column(rows, work), column(rows, "error_L2")
    negative = column(rows, "negative") > 0
    seen = np.isfinite(error) & (error > 0) & (x > 0)
    colour, mark = COLOURS[number % len(COLOURS)], MARKS[number % len(MARKS)]
    line = joined(rows, x, error, seen)
    axes.loglog(x[line], error[line], color=colour, linewidth=1.2, zorder=2)
    for hollow in (False, True):
        chosen = seen & (negative == hollow)
        axes.plot(x[chosen], error[chosen], mark, color=colour, markerfacecolor="white" if hollow else colour,
                  markersize=5, zorder=3)


def compare_picture(rows, at_errors):
    """Work-precision: error against seconds and against applications and set-ups together, with a line at every error of
    --at-error. If all runs had one thread, the seconds are
    processor seconds, which other programs on the machine do not lengthen."""
    alone = all(row["threads"] == 1 for row in rows)
    methods = list(dict.fromkeys(row["method"] for row in rows))
    figure, panels = plt.subplots(1, 2, figsize=(8.4, 3.9), sharey=True)
    for row in rows:
        row["work"] = row["applications"] + row["setups"]
    time = ("processor_seconds", "processor seconds") if alone else ("seconds", "seconds")
    for axes, work, label in ((panels[0], time[0], time[1] + " of the steps"),
                              (panels[1], "work", "applications and set-ups of the operator")):
        for number, method in enumerate(methods):
            draw_method(axes, [row for row in rows if row["method"] == method], work, number)
        axes.set_xlabel(label)
        for at_error in at_errors:
            axes.axhline(at_error, color=FAINT, linewidth=0.9, linestyle=DASHES[1], zorder=1)
    panels[0].set_ylabel("relative $L^2$ error at the end")
    lost = {method: sum(row["method"] == method and not math.isfinite(row["error_L2"]) for row in rows)
            for method in methods}
    handles = [plt.Line2D([], [], color=COLOURS[i % len(COLOURS)], marker=MARKS[i % len(MARKS)], markersize=5)
               for i in range(len(methods))]
    names = [plain(method) + (f" ({lost[method]} lost)" if lost[method] else "") for method in methods]
    if any(row["negative"] > 0 and math.isfinite(row["error_L2"]) for row in rows):
        handles.append(plt.Line2D([], [], color=INK, marker="o", markerfacecolor="white", linestyle="", markersize=5))
        names.append("f not positive")
    panels[1].legend(handles, names, loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def budget_picture(rows):
    """A bar for every source of error: what it adds to the error."""
    figure, axes = plt.subplots(figsize=(5.2, 0.6 + 0.42 * len(rows)))
    error = column(rows, "error")
    seen = np.isfinite(error) & (error > 0)
    axes.barh(np.arange(len(rows)), np.where(seen, error, np.nan), color=COLOURS[0], height=0.6)
    axes.set_xscale("log")
    if seen.any():
        axes.set_xlim(error[seen].min() / 5, error[seen].max() * 12)
    for place, row in enumerate(rows):
        if seen[place]:
            axes.annotate(f"{row['share']:.1f} %", (row["error"], place), xytext=(4, 0), textcoords="offset points",
                          va="center", color=INK)
    axes.set_yticks(np.arange(len(rows)), [f"{row['source']}\n{row['refinement']}" for row in rows])
    axes.invert_yaxis()
    axes.grid(False, axis="y")
    axes.set_xlabel("relative $L^2$ error at the end")
    return figure


def picture(words, rows):
    """The picture of this kind of table. Without a key the first column is taken, without an order that of the last
    levels."""
    if words.kind == "converge":
        orders = [row["order"] for row in rows if math.isfinite(row["order"])]
        order = words.order if math.isfinite(words.order) or not orders else orders[-1]
        return converge_picture(rows, words.key or next(iter(rows[0])), order)
    return compare_picture(rows, words.at_error) if words.kind == "compare" else budget_picture(rows)


def draw(words, table, target):
    """Read the table, draw, save."""
    rows = read_table(table)
    with plt.rc_context(STYLE):
        figure = picture(words, rows)
        if words.title:
            figure.suptitle(plain(words.title), x=0.01, ha="left", fontsize=10.5, fontweight="bold")
        save(figure, target)


def numbers(text):
    """The numbers of a list such as 1e-3,1e-4."""
    return [float(word) for word in text.split(",")]


def studies_of(folder):
    """The kinds of the tables that the folder of a study holds; none if it is the folder of a run."""
    if os.path.exists(os.path.join(folder, "history.csv")):
        return []
    return [kind for kind in KINDS if os.path.exists(table_of(folder, kind))]


def redraw(folder, kind, out, form):
    """Draw the picture of a study again, from its table alone; returns the path of the picture."""
    beside = os.path.join(folder, "at_error.csv")
    at_error = sorted({row["error_L2"] for row in read_table(beside)}) if os.path.exists(beside) else []
    words = argparse.Namespace(kind=kind, key="", order=math.nan, at_error=at_error, title="")
    target = os.path.join(out, f"{kind}.{form}")
    draw(words, table_of(folder, kind), target)
    return target


def main():
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("folder")
    parser.add_argument("--key", default="")
    parser.add_argument("--order", type=float, default=math.nan)
    parser.add_argument("--at-error", type=numbers, default=[])
    parser.add_argument("--title", default="")
    words = parser.parse_args()
    path = os.path.join(words.folder, words.kind)
    try:
        draw(words, table_of(words.folder, words.kind), path + ".png")
    except (OSError, KeyError, ValueError) as error:
        print(f"cannot draw '{path}.png': {error}", file=sys.stderr)
        return 5
    return 0


if __name__ == "__main__":
    sys.exit(main())
