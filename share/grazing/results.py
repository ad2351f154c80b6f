"""Results of grazing runs as arrays. history.csv is read at once, a density of result.h5 only when it is asked for."""
import copy
import math
import os

import h5py
import numpy as np

MOST_TIMES = 4  # states shown side by side
MOST_ROWS = 5000  # of a history that is drawn whole
PARTS = 250  # a longer one is cut into so many parts, and of each are drawn the rows in which a column is least or largest


class PlotError(Exception):
    """An error that the user can do something about; its text is a sentence for the user."""


def find_wrong_line(path, lines, count):
    """The error that names the first line which is not a row of so many numbers."""
    for number, line in enumerate(lines, start=2):
        try:
            wrong = len([float(word) for word in line.split(",")]) != count
        except ValueError:
            wrong = True
        if wrong:
            return PlotError(f"line {number} of '{path}' is not a row of {count} numbers")
    return PlotError(f"'{path}' holds no rows of a history")


def thin_out(rows):
    """The rows that a picture can show: the first and the last, and of every part those in which a column has its least or
    largest value."""
    if len(rows) <= MOST_ROWS:
        return rows
    chosen = {0, 1, len(rows) - 1}
    for part in np.array_split(np.arange(len(rows)), PARTS):
        values = rows[part]
        chosen.update(part[np.where(np.isnan(values), np.inf, values).argmin(axis=0)])
        chosen.update(part[np.where(np.isnan(values), -np.inf, values).argmax(axis=0)])
    return rows[sorted(chosen)]


def read_history(path):
    """history.csv as a dictionary of columns. A last line that a killed run has cut short is left out."""
    try:
        with open(path, encoding="utf-8") as file:
            lines = file.read().split("\n")
    except OSError as error:
        raise PlotError(f"cannot read '{path}': {error.strerror}") from None
    except UnicodeDecodeError:
        raise PlotError(f"cannot read '{path}': it is no text") from None
    names, lines = lines[0].split(","), lines[1:-1]
    if "time" not in names or not lines:
        raise PlotError(f"'{path}' holds no rows of a history")
    try:
        rows = np.loadtxt(lines, delimiter=",", ndmin=2, comments=None)
    except ValueError:
        rows = np.empty((0, 0))
    if rows.shape != (len(lines), len(names)):  # loadtxt skips empty lines
        raise find_wrong_line(path, lines, len(names))
    return dict(zip(names, thin_out(rows).T))


def read_deck(text):
    """The values of a resolved deck as words, by their paths: {"time.dt": "0.1", "initial.0.shape": "bkw"}."""
    values, path, entries = {}, [], {}
    for line in text.splitlines():
        depth, word = (len(line) - len(line.lstrip(" "))) // 2, line.strip()
        if word.startswith("- "):  # the first key of an entry of a list
            owner = ".".join(path[:depth])
            entries[owner] = entries.get(owner, -1) + 1
            path[depth:] = [str(entries[owner])]
            depth, word = depth + 1, word[2:]
        key, _, value = word.partition(":")
        path[depth:] = [key]
        if value.strip():  # the list of components may be `components` in the group `initial`
            values[".".join(part for part in path if part != "components")] = value.strip().strip('"')
    return values


class Run:
    """One result folder. Its history is read at once, its densities when they are asked for."""

    def __init__(self, directory, decay=None):
        self.directory = directory
        self.decay = decay  # rate, begin and end of the fit of KL ~ exp(-rate t), where there is one
        self.label = os.path.basename(os.path.normpath(os.path.abspath(directory)))
        self.history = read_history(os.path.join(directory, "history.csv"))
        self.path = os.path.join(directory, "result.h5")
        try:
            self.file = h5py.File(self.path, "r")
            self.times = self.file["time"][:]
        except (OSError, KeyError) as error:
            raise PlotError(f"cannot read '{self.path}': {error}") from None
        self.deck = read_deck(str(self.file.attrs.get("deck", "")))
        self.title = str(self.file.attrs.get("title", "")) or self.label
        self.space_dim = sum(name in self.file for name in ("x1", "x2", "x3"))
        self.velocity_dim = sum(name in self.file for name in ("v1", "v2", "v3"))
        self.species = [name.decode() for name in self.file["species"][:]] if "species" in self.file else []
        self.part = None  # the species of a mixture that densities and moments are of

    def parts(self):
        """The run, or of a mixture one view of it for every species."""
        views = [copy.copy(self) for _ in self.species]
        for part, view in enumerate(views):
            view.part = part
            view.title = f"{self.title}: {self.species[part]}"
        return views or [self]

    def suffix(self):
        """What the names of a species' pictures end in."""
        return "" if self.part is None else "_" + self.species[self.part]

    def moment(self, name, index):
        """A dataset of moments at one time, [x..]."""
        return self.file[name][index] if self.part is None else self.file[name][index, self.part]

    def is_line(self):
        """Whether f is a function of one variable, of which there is a cut but no picture."""
        return self.space_dim == 0 and self.velocity_dim == 1

    def has_bath(self):
        """Whether a heat bath takes part, which keeps no momentum."""
        return "bath_energy" in self.history

    def column(self, name):
        """A column of the history; all NaN if the history has no column of this name."""
        return self.history.get(name, np.full(len(self.history["time"]), np.nan))

    def steps(self, name):
        """Time and value of a column whose values belong to steps: the initial row, which no step led to, is left out."""
        return self.history["time"][1:], self.column(name)[1:]

    def has_density(self):
        """Whether there is any state of f to draw."""
        return ("f" in self.file and len(self.times) > 0) or (
            "f_last" in self.file and np.isfinite(self.file["f_last"].attrs["time"]))

    def shown_states(self, most=MOST_TIMES):
        """(index, time) of a few states, chosen by shown_indices; the index is None for f_last, the only state stored."""
        if "f" not in self.file:
            return [(None, float(self.file["f_last"].attrs["time"]))]
        return [(index, self.times[index]) for index in self.shown_indices(most)]

    def shown_indices(self, most=MOST_TIMES):
        """Indices of a few outputs: the first, the last, and between them equal parts of the integral of sqrt(|dH/dt|)
        in time, so that they are denser where the state changes faster."""
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
        """f of one state as an array [x..][v..]; index None stands for f_last."""
        f = self.file["f_last"][...] if index is None else self.file["f"][index]
        return f if self.part is None else f[self.part]

    def velocity_weights(self):
        """Weights of the trapezoidal rule on one velocity axis."""
        v = self.file["v1"][:]
        weights = np.full(len(v), v[1] - v[0])
        weights[[0, -1]] /= 2
        return weights

    def cut(self, f):
        """A function of v1 with its name: f at v = (v1, 0) for a homogeneous plane, else the marginal in v1 (f on a line)."""
        weights = self.velocity_weights()
        if self.space_dim == 0 and self.velocity_dim == 2:
            return f[:, f.shape[1] // 2], r"$f(v_1, 0)$"
        if self.is_line():
            return f, r"$f(v)$"
        if self.space_dim > 0:
            f = f.mean(axis=tuple(range(self.space_dim)))
        for _ in range(self.velocity_dim - 1):
            f = f @ weights
        return f, r"marginal $\langle f \rangle (v_1)$"

    def picture(self, f):
        """f as a function of two variables: the array [second][first], the values on both axes, the names of the axes, and
        the name of the function."""
        weights = self.velocity_weights()
        if self.space_dim == 0:
            name = r"$f(v_1, v_2)$" if self.velocity_dim == 2 else r"$f$ integrated over $v_3$"
            f = f if self.velocity_dim == 2 else f @ weights
            return f.T, self.file["v1"][:], self.file["v2"][:], (r"$v_1$", r"$v_2$"), name
        for _ in range(self.velocity_dim - 1):
            f = f @ weights
        f = f.mean(axis=tuple(range(1, self.space_dim)))
        name = r"$f$" if self.velocity_dim == 1 else r"$f$ integrated over $v_2$"
        name += ", $v_3$" if self.velocity_dim == 3 else ""
        name += "" if self.space_dim == 1 else r", averaged over $x_2$" + (", $x_3$" if self.space_dim == 3 else "")
        x = r"$x$" if self.space_dim == 1 else r"$x_1$"
        return f.T, self.file["x1"][:], self.file["v1"][:], (x, r"$v_1$"), name

    def scheme(self):
        """Scheme of the deck and dt of the steps: one for all of them but a shorter last one, or else the range."""
        dt = self.history.get("dt", np.zeros(1))[1:]
        if len(dt) == 0:
            return self.deck.get("time.scheme", "")
        equal = dt[:-1] if len(dt) > 1 and dt[-1] < dt[0] else dt
        text = f"= {dt[0]:.10g}" if np.ptp(equal) <= 1e-9 * dt[0] else f"= {dt.min():.4g}..{dt.max():.4g}"
        return self.deck.get("time.scheme", "") + rf", $\Delta t {text}$"

    def exact_cut(self, time, v):
        """f(v, 0) of the BKW solution where the deck starts from it in the plane, else None."""
        if self.deck.get("initial.0.shape") != "bkw" or "error" not in self.history:
            return None
        if self.space_dim != 0 or self.velocity_dim != 2:
            return None
        start, strength = float(self.deck["initial.0.time"]), float(self.deck["model.kernel.strength"])
        v2 = v**2
        K = 1 - math.exp(-2 * strength * (start + time)) / 2
        return np.exp(-v2 / (2 * K)) / (2 * math.pi * K) * ((2 * K - 1) / K + (1 - K) * v2 / (2 * K * K))
