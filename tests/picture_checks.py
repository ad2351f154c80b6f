#!/usr/bin/env python3
"""Checks of share/grazing/plot.py on real runs: the numbers it draws, odd results still plot, damaged ones are refused.

    picture_checks.py PLOT.PY BKW FUZZY SPARSE 3V DRAWN

The first four folders are written by `grazing run`, DRAWN by `grazing plot SPARSE` (test_pictures.sh).
"""
import importlib.util
import math
import os
import re
import shutil
import sys
import xml.dom.minidom

import h5py
import numpy as np


def load(path):
    """Load the script as a module. Its own modules are in the same folder."""
    sys.path.insert(0, os.path.dirname(path))
    spec = importlib.util.spec_from_file_location("plot", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


sys.dont_write_bytecode = True
plot = load(sys.argv[1])
plot.STYLE.update({"savefig.dpi": 40, "figure.constrained_layout.use": False})  # the looks are not checked
results = sys.modules["results"]
BKW, FUZZY, SPARSE, THREE, DRAWN = sys.argv[2:7]


def run_main(*words):
    """Run the script with a command line. Returns its exit status."""
    sys.argv = ["plot.py", "--quiet", *words]
    try:
        return plot.main()
    except SystemExit as end:
        return end.code


def pictures(folder, form):
    """The names of the pictures in a folder. Each must be a sound file."""
    names = set()
    for entry in os.listdir(folder):
        name, suffix = os.path.splitext(entry)
        if suffix != "." + form:
            continue
        path = os.path.join(folder, entry)
        if form == "svg":
            xml.dom.minidom.parse(path)
        else:
            with open(path, "rb") as file:
                assert file.read(8) == b"\x89PNG\r\n\x1a\n", path
        assert os.path.getsize(path) > 3000, path
        names.add(name)
    return names


def copy(folder, name):
    """Make a copy of a result, to be damaged."""
    target = os.path.join(os.path.dirname(os.path.abspath(folder)), name)
    shutil.copytree(folder, target)
    return target


def edit(folder, name, change):
    """Rewrite a text file of a result."""
    path = os.path.join(folder, name)
    with open(path, encoding="utf-8") as file:
        text = file.read()
    with open(path, "w", encoding="utf-8") as file:
        file.write(change(text))


def test_history_is_what_the_file_says():
    """The history has every number of the CSV file, without a half-written last line."""
    with open(os.path.join(BKW, "history.csv"), encoding="utf-8") as file:
        names, *rows = [line.split(",") for line in file.read().splitlines()]
    history = results.read_history(os.path.join(BKW, "history.csv"))
    assert list(history) == names
    for k, row in enumerate(rows):
        assert [float(word) for word in row] == [history[name][k] for name in names]
    cut = copy(BKW, "cut")
    edit(cut, "history.csv", lambda text: text[:-7])
    assert len(results.read_history(os.path.join(cut, "history.csv"))["time"]) == len(rows) - 1


def test_drifts_are_relative_to_the_first_row():
    """Mass and energy drift relative to themselves, momentum relative to sqrt(mass energy)."""
    run = plot.Run(BKW)
    run.history.update(mass=np.array([2.0, 2.0 + 1e-9]), energy=np.array([8.0, 8.0 - 4e-9]),
                       momentum_1=np.array([0.5, 0.5 + 3e-9]), momentum_2=np.array([0.0, 4e-9]))
    found = {name: drift[1] for name, drift in plot.drifts(run)}
    for name, want in (("mass", 5e-10), ("energy", 5e-10), ("momentum", 5e-9 / 4)):
        assert abs(found[name] / want - 1) < 1e-6, (name, found[name])


def test_defect_points_are_the_defects():
    """The points are |J| of each step. Smaller values are drawn at 1e-17. The sign chooses the marker."""
    run = plot.Run(BKW)
    defect = np.array([0.0, 1e-14, -2e-14, 0.0, np.nan])
    run.history.update(time=np.arange(5.0), J=defect)
    figure, axes = plot.plt.subplots()
    plot.draw_defect(axes, [run])
    line = axes.lines[0]
    assert np.array_equal(line.get_xdata(), [1, 2, 3, 4])
    assert np.array_equal(line.get_ydata(), [1e-14, 2e-14, 1e-17, np.nan], equal_nan=True)
    filled = [list(line.get_xdata()) for line in axes.lines if line.get_markerfacecolor() == plot.COLOURS[0]
              and line.get_marker() == "o"]
    hollow = [list(line.get_xdata()) for line in axes.lines if line.get_markerfacecolor() == "white"]
    assert filled == [[1, 3]] and hollow == [[2]], (filled, hollow)
    plot.plt.close(figure)


def test_relaxation_shows_the_rate_that_it_is_given():
    """The points are the column of the history. The dashed line falls at the given rate, here that of the report."""
    with open(os.path.join(BKW, "report.txt"), encoding="utf-8") as file:
        said = re.search(r"falls like exp\(-(\S+) t\).*from (\S+) to (\S+)", file.read())
    rate, begin, end = (float(word) for word in said.groups())
    assert 6 < rate < 10 and begin == 0.5 and end == 1.0, said.group()
    run = plot.Run(BKW, plot.decay(",".join(said.groups())))
    figure, axes = plot.plt.subplots()
    plot.draw_relaxation(axes, [run])
    points, line = axes.lines
    assert np.array_equal(points.get_ydata(), run.column("relative_entropy"))
    x, y = line.get_data()
    assert np.allclose(np.log(y[0] / y[-1]) / (x[-1] - x[0]), rate)
    inside = (run.history["time"] >= begin) & (run.history["time"] <= end)
    assert np.allclose(y / run.column("relative_entropy")[inside], 3, rtol=0.1)
    plot.plt.close(figure)


def test_marginals_keep_the_mass():
    """The integral of a picture over its two variables is the mass of the run."""
    for folder in (BKW, FUZZY, SPARSE, THREE):
        run = plot.Run(folder)
        index, time = run.shown_states()[-1]
        values, first, _, _, _ = run.picture(run.density(index))
        weights = run.velocity_weights()
        first_weights = weights if run.space_dim == 0 else np.full(len(first), first[1] - first[0])
        mass = np.interp(time, run.history["time"], run.column("mass"))
        assert abs(weights @ values @ first_weights / mass - 1) < 1e-13, folder


def test_exact_solution_lies_on_the_run():
    """The BKW formula agrees with the states of the run, up to the run's error. Without a known solution it is None."""
    run = plot.Run(BKW)
    for index, time in run.shown_states():
        v = run.file["v1"][:]
        exact, f = run.exact_cut(time, v), run.cut(run.density(index))[0]
        assert np.abs(exact - f).max() < 0.02 * exact.max(), time
        assert index == 0 or np.abs(run.exact_cut(0, v) - f).max() > 3 * np.abs(exact - f).max()
    assert plot.Run(FUZZY).exact_cut(0, v) is None


def test_shown_states_begin_and_end_the_run():
    """The indices are few and increasing, and include the first and the last."""
    for folder in (BKW, FUZZY):
        run = plot.Run(folder)
        for most in (2, 3, 4):
            indices = run.shown_indices(most)
            assert indices[0] == 0 and indices[-1] == len(run.times) - 1
            assert indices == sorted(set(indices)) and len(indices) <= most


def test_the_deck_is_read_by_paths():
    """Groups, components, groups in components, texts with colons, and a title that looks like a key are read."""
    values = results.read_deck('title: "time: dt"\nmodel:\n  velocity_dim: 2\n  kernel:\n    gamma: -1\n  transport: true\n'
                               'time:\n  dt: 0.1\ninitial:\n  - shape: bkw\n    time: 0.5\n    theta:\n      theta: 0\n'
                               '  - shape: file\n    path: "/a b:c"\n')
    assert values == {"title": "time: dt", "model.velocity_dim": "2", "model.kernel.gamma": "-1",
                      "model.transport": "true", "time.dt": "0.1", "initial.0.shape": "bkw", "initial.0.time": "0.5",
                      "initial.0.theta.theta": "0", "initial.1.shape": "file", "initial.1.path": "/a b:c"}, values
    values = results.read_deck('initial:\n  normalise: true\n  components:\n    - shape: bkw\n      time: 0.5\n      theta:\n'
                               '        theta: 0\n    - shape: file\n      path: "/a b:c"\n')
    assert values == {"initial.normalise": "true", "initial.0.shape": "bkw", "initial.0.time": "0.5",
                      "initial.0.theta.theta": "0", "initial.1.shape": "file", "initial.1.path": "/a b:c"}, values
    assert results.read_deck("") == {}


def test_title_and_scheme_come_from_the_deck():
    """The title and the scheme above the pictures come from the deck, the steps from the history."""
    run = plot.Run(BKW)
    assert run.title == "small bkw" and run.scheme() == r"zero_defect, $\Delta t = 0.1$", run.scheme()
    for dt, said in (([0, 0.3, 0.3, 0.1], "= 0.3"), ([0, 0.1, 0.2, 0.15], "= 0.1..0.2")):
        run.history["dt"] = np.array(dt)
        assert run.scheme() == rf"zero_defect, $\Delta t {said}$", run.scheme()


def test_every_result_has_its_pictures():
    """Pictures of all formats, of one run and of several, inside the folder and elsewhere."""
    usual = {"entropy", "relaxation", "defect", "conservation", "moments", "slices", "overview"}
    assert pictures(DRAWN, "png") == usual
    for folder in (FUZZY, THREE):
        assert run_main(folder) == 0
        assert pictures(folder, "png") == usual, folder
    out = os.path.join(BKW, "drawn")
    assert run_main(BKW, "--format", "svg", "--out", out) == 0
    assert pictures(out, "svg") == usual | {"error"}
    both = os.path.join(BKW, "both")
    assert run_main(BKW, FUZZY, "--out", both) == 0
    assert pictures(both, "png") == (usual | {"error"}) - {"slices", "overview"}


def test_odd_numbers_still_plot():
    """NaN and negative values in f, NaN in the history (explicit methods lack some columns), and a single row."""
    odd = copy(FUZZY, "odd")
    with h5py.File(os.path.join(odd, "result.h5"), "r+") as file:
        file["f"][-1, 0] = np.nan
        file["f"][0, 1] *= -1
    edit(odd, "history.csv", lambda text: without(text, ("J", "J_total", "D_step", "A", "D")))
    out = os.path.join(odd, "drawn")
    assert run_main(odd, "--out", out) == 0
    assert pictures(out, "png") == {"entropy", "relaxation", "conservation", "moments", "slices", "overview"}
    nothing = copy(FUZZY, "nothing")
    with h5py.File(os.path.join(nothing, "result.h5"), "r+") as file:
        file["f"][...] = np.nan
        file["density"][...] = np.nan
    assert run_main(nothing) == 0
    single = copy(BKW, "single")
    edit(single, "history.csv", lambda text: "\n".join(text.split("\n")[:2]) + "\n")
    assert run_main(single) == 0


def without(text, columns):
    """A history in which these columns are NaN."""
    names, *rows = [line.split(",") for line in text.splitlines()]
    for row in rows:
        for name in columns:
            row[names.index(name)] = "nan"
    return "\n".join(",".join(row) for row in [names, *rows]) + "\n"


def test_damaged_results_are_refused():
    """Damaged results give exit status 5 and no picture."""
    damages = {"no_rows": ("history.csv", lambda text: text.split("\n")[0] + "\n"),
               "words": ("history.csv", lambda text: text.replace("0", "zero", 1) + "more,words\n"),
               "no_hdf5": ("result.xmf", str)}
    for name, (file, change) in damages.items():
        broken = copy(BKW, name)
        edit(broken, file, change)
        if name == "no_hdf5":
            with open(os.path.join(broken, "result.h5"), "w", encoding="utf-8") as result:
                result.write("text")
        before = len(os.listdir(broken))
        assert run_main(broken) == 5, name
        assert len(os.listdir(broken)) == before, name
    assert run_main(os.path.join(BKW, "none")) == 5
    assert run_main(BKW, "--out", os.path.join(BKW, "deck.yaml", "x")) == 5
    assert run_main() == 2


def test_pictures_of_something_else_are_not_written_over():
    """Another folder that holds pictures is refused and stays; the folder of the run itself, or a missing one, is fine."""
    out, all_pictures = os.path.join(BKW, "once"), plot.PICTURES
    plot.PICTURES = {"entropy": plot.picture_entropy}
    assert run_main(SPARSE, "--out", out) == 0
    assert run_main(SPARSE) == 0 and run_main(SPARSE) == 0
    with open(os.path.join(out, "entropy.png"), "wb") as file:
        file.write(b"mine")
    assert run_main(SPARSE, "--out", out) == 5
    assert os.path.getsize(os.path.join(out, "entropy.png")) == 4
    assert run_main(SPARSE, "--out", out, "--overwrite") == 0
    assert pictures(out, "png") == {"entropy"} and os.listdir(out) == ["entropy.png"]
    plot.PICTURES = all_pictures


def test_a_long_history_is_thinned_out():
    """Of a long history few rows are drawn, all extremes among them; a binary one is an error like any other."""
    rows = np.random.default_rng(1).standard_normal((30000, 4))
    rows[17777, 2], rows[123, 1], rows[:, 3] = 99, -99, np.nan
    thin = results.thin_out(rows)
    assert 500 < len(thin) < 3000, len(thin)
    assert (thin[[0, -1], :3] == rows[[0, -1], :3]).all() and thin[:, 2].max() == 99 and thin[:, 1].min() == -99
    assert results.thin_out(rows[:500]) is not None and len(results.thin_out(rows[:500])) == 500
    binary = copy(BKW, "binary")
    with open(os.path.join(binary, "history.csv"), "wb") as file:
        file.write(bytes(range(256)))
    assert run_main(binary) == 5


def test_pairs_are_joined_along_their_envelope():
    """Rows of one ladder are joined as they come; pairs of dt and tolerance where no other pair is cheaper and better."""
    study = sys.modules["study"]
    x, error = np.array([1.0, 4.0, 2.0, 8.0, 16.0, 3.0]), np.array([1.0, 0.5, 0.2, 0.1, 0.1, np.nan])
    seen = np.isfinite(error)
    pairs = [{"dt": dt, "tolerance": tolerance} for dt in (0.2, 0.1, 0.05) for tolerance in (1e-2, 1e-4)]
    assert study.joined(pairs, x, error, seen).tolist() == [0, 2, 3]
    for key in ("dt", "tolerance"):
        assert study.joined([{**row, key: math.nan if key == "tolerance" else 0.1} for row in pairs], x, error,
                            seen).tolist() == [0, 1, 2, 3, 4]


def main():
    """Run every test. The first failure ends the run."""
    tests = [name for name in globals() if name.startswith("test_")]
    for name in tests:
        globals()[name]()
        print("passed", name)


main()
