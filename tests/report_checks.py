#!/usr/bin/env python3
"""Recompute every line of report.txt from history.csv, result.h5 and deck.yaml, for folders written by `grazing run`.

    report_checks.py SHARE DIR...      (SHARE: the folder of plot.py, whose drifts must be those of the report)

A line that this script does not know is a failure, and so is a line that is missing. result.h5 is checked against
history.csv, too: mass, momentum, energy, H and least f of every stored state.
"""
import math
import os
import re
import sys

import h5py
import numpy as np

sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
import plot  # noqa: E402  (its folder is an argument)
import results  # noqa: E402

NUMBER = r"(-?(?:\d[\d.]*(?:e[-+]?\d+)?|inf|nan))"


def agrees(printed, value, slack=0.0):
    """Whether a value rounds to the printed number, up to `slack` more."""
    digits, _, exponent = printed.partition("e")
    unit = 10.0 ** (int(exponent or 0) - len(digits.partition(".")[2]))
    return abs(float(printed) - value) <= 0.505 * unit + slack + 1e-15 * abs(value)


class Report:
    """The lines of a report, taken one by one."""

    def __init__(self, folder):
        with open(os.path.join(folder, "report.txt"), encoding="utf-8") as file:
            self.lines = file.read().splitlines()
        self.folder, self.at = folder, 0

    def fail(self, why):
        """End the check with the present line."""
        line = self.lines[self.at] if self.at < len(self.lines) else "the end"
        raise AssertionError(f"{self.folder}/report.txt, line {self.at + 1}: {why}: {line}")

    def take(self, pattern):
        """The groups of the next line, which must have this form."""
        found = re.fullmatch(pattern, self.lines[self.at]) if self.at < len(self.lines) else None
        if not found:
            self.fail(f"expected {pattern}")
        self.at += 1
        return found.groups()

    def take_if(self, pattern):
        """The groups of the next line if it has this form, else None."""
        has = self.at < len(self.lines) and re.fullmatch(pattern, self.lines[self.at])
        return self.take(pattern) if has else None

    def same(self, printed, value, what, slack=0.0):
        """The number printed on the last line is this value, as far as it goes."""
        if not agrees(printed, value, slack):
            self.at -= 1
            self.fail(f"{what} is {value!r}, printed as {printed}")

    def check(self, true, what):
        """What the last line says holds."""
        if not true:
            self.at -= 1
            self.fail(f"not so: {what}")


def name(text):
    """The pattern of a line's name, which fills 24 columns."""
    return re.escape(text.ljust(24) + " ")


def check_head(report, run):
    """Title, version, scheme, dt, grid and threads, and how the run ended."""
    time, dt = run.history["time"], run.history["dt"][1:]
    if run.file.attrs["title"]:
        report.take(re.escape(run.file.attrs["title"]))
    version, commit, scheme, steps, grid, threads = report.take(
        r"grazing (\S+) \(commit (\S+)\), (\w+), (dt .*?), ((?:\d+ species, )?(?:\d+ x )*\d+\^\d nodes, order \d), (\d+) threads?"
        r"(?: on each of \d+ ranks)?")
    report.check((version, commit) == (run.file.attrs["version"], run.file.attrs["commit"]), "the version")
    report.check(scheme == run.deck["time.scheme"], "the scheme")
    report.check(int(threads) == run.file.attrs["threads"], "the threads")
    shape = run.file["density"].shape[1:]
    species, shape = (shape[0], shape[1:]) if run.species else (1, shape)
    nodes = f"{species} species, " if species > 1 else ""
    nodes += "".join(f"{n} x " for n in shape) + f"{len(run.file['v1'])}^{run.velocity_dim} nodes"
    report.check(grid == f"{nodes}, order {run.deck['grid.v.order']}", f"the grid is {nodes}")
    check_dt(report, steps, dt, float(run.deck["time.dt"]))
    outcome, = report.take(r"(.*)")
    finished = re.fullmatch(rf"finished at t = {NUMBER} after (\d+) steps", outcome)
    stopped = re.match(rf".*at t = {NUMBER}, step (\d+) of (?:about )?\d+|step (\d+) from t = {NUMBER} with", outcome)
    report.check(finished or stopped, "how the run ended")
    if finished:
        report.same(finished[1], time[-1], "the end")
        report.check(int(finished[2]) == run.history["step"][-1], "the number of steps")
        report.check(time[-1] == float(run.deck["time.end"]), "the end is that of the deck")
    elif stopped[1]:
        report.same(stopped[1], time[-1], "the time")
        report.check(int(stopped[2]) == run.history["step"][-1], "the number of steps")
    else:
        report.same(stopped[4], time[-1], "the time")
        report.check(int(stopped[3]) == run.history["step"][-1] + 1, "the number of the step")


def check_dt(report, said, dt, of_deck):
    """`dt = 0.1`, `dt = 0.1, the last one 0.05` or `dt from 0.1 to 0.2`."""
    one = re.fullmatch(rf"dt = {NUMBER}(?:, the last one {NUMBER})?", said)
    if not one:
        least, most = re.fullmatch(rf"dt from {NUMBER} to {NUMBER}", said).groups()
        report.same(least, dt.min(), "the least dt")
        report.same(most, dt.max(), "the largest dt")
        return
    if len(dt) == 0:
        report.same(one[1], of_deck, "dt")
        return
    equal = dt[:-1] if one[2] else dt
    report.check(np.ptp(equal) <= 1e-9 * equal.max(), "all dt are equal")
    report.same(one[1], equal[0], "dt", 1e-9 * equal[0])
    if one[2]:
        report.same(one[2], dt[-1], "the last dt")


def check_notes(report, run):
    """The last step is shortened, and states lie beside the multiples of output.every, exactly where a note says so."""
    controlled = float(run.deck.get("time.dt_control.tolerance", 0)) > 0
    dt, end, every = (float(run.deck[key]) for key in ("time.dt", "time.end", "output.every"))
    time = run.history["time"]
    short = report.take_if(rf"note: time.dt = {NUMBER} does not divide (?:the way from t = {NUMBER} to )?time.end = "
                           rf"{NUMBER}, so that the last step \((\d+)\) is {NUMBER}; .* would divide it")
    if short:
        report.same(short[0], dt, "time.dt")
        report.same(short[2], end, "time.end")
        if time[-1] == end:
            report.check(int(short[3]) == run.history["step"][-1], "the last step")
            report.same(short[4], run.history["dt"][-1], "the last dt")
        for value in re.findall(rf"{NUMBER}(?= or | would)", report.lines[report.at - 1].partition(";")[2]):
            steps = (end - float(short[1] or 0)) / float(value)
            report.check(abs(steps - round(steps)) < 1e-8 * steps, f"{value} divides the time")
    else:
        last = run.history["dt"][-1]
        report.check(controlled or len(time) < 2 or time[-1] != end or abs(last - dt) < 1e-8 * dt,
                     "a last step that is shortened has a note")
    missed = report.take_if(r"warning: .*output.every = .*: states are stored at the ends of the steps that reach .*, "
                            r"t = ([-\d.e+, ]*?)(?:, \.\.)?(?:; take output.every (.*), or time.dt (.*))?")
    stored = run.times[1:]
    between = stored[stored < end * (1 - 1e-9)]
    if missed:
        for said in missed[0].split(", "):
            report.check(any(agrees(said, value) for value in run.times) or time[-1] < float(said),
                         f"a state is stored at t = {said}")
        for value in re.findall(NUMBER, missed[1] or ""):
            report.check(abs(float(value) / dt - round(float(value) / dt)) < 1e-8, f"{value} is a multiple of dt")
        for value in re.findall(NUMBER, missed[2] or ""):
            report.check(abs(every / float(value) - round(every / float(value))) < 1e-8, f"{value} divides every")
    elif every > 0 and time[-1] == end:
        ratio = between / every
        report.check(np.all(np.abs(ratio - np.round(ratio)) < 1e-8), "states lie at multiples of output.every")
        report.check(len(between) == max(math.ceil(end / every * (1 - 1e-9)) - 1, 0), "all multiples are stored")
    report.take("")


def half_a_digit(seconds):
    """By how much a time that report.txt prints, with three digits or one decimal, may differ from what it was."""
    return 0.05 if seconds >= 100 else 0.5 * 10 ** (math.floor(math.log10(seconds)) - 2) if seconds > 0 else 0.0


def check_work(report, run, variational):
    """Counts, their means, and the seconds: the phases of the steps together have the seconds of the history."""
    history, steps = run.history, len(run.history["time"]) - 1
    total, = report.take(name("steps") + r" *(\d+)")
    report.check(int(total) == steps == history["step"][-1], f"there are {steps} steps")
    restarts = report.take_if(name("restarts") + rf" *(\d+) the last one from step (\d+), t = {NUMBER}; version, scheme "
                              r"and threads above are since then")
    if restarts:
        report.same(restarts[2], history["time"][int(restarts[1])], "the time of the restart")
    rejected = [history[key].sum() if key in history else 0 for key in ("rejected_estimate", "rejected_solver")]
    said = report.take_if(name("rejected attempts") + r" *(\d+) inaccurate, (\d+) not converged")
    report.check([int(word) for word in said or (0, 0)] == rejected, f"{rejected} attempts were rejected")
    for column, words in (("newton", "Newton iterations|Newton, path evaluations|NLopt passes"),
                          ("cg", "(?:CG|GMRES) iterations|CG, path applications|NLopt evaluations"),
                          ("applications", "mobility applications"), ("setups", "mobility set-ups")):
        said = report.take_if(rf"(?:{words}) +(\d+) +{NUMBER} a step")
        wanted = history[column].sum() if column in history else None
        report.check(bool(said) or not wanted, f"{column} has a line")
        if said:
            report.check(wanted in (None, int(said[0])), f"{column} is {wanted}")
            report.same(said[1], int(said[0]) / steps, "the mean")
            report.check(column != "setups" or not variational or int(said[0]) >= steps, "a step has a set-up")
    report.take("")
    report.take(r"phase +seconds +share")
    seconds, shares = {}, 0.0
    while (said := report.take_if(rf"(\S.{{23}}) +{NUMBER} +{NUMBER} %")):
        seconds[said[0].strip()] = float(said[1])
        shares += float(said[2])
    total, = report.take(name("all") + rf" *{NUMBER}")
    report.check(abs(shares - 100) <= 0.1 * len(seconds), f"the shares make {shares}")
    rounding = sum(half_a_digit(number) for number in [*seconds.values(), float(total)])
    report.check(abs(sum(seconds.values()) - float(total)) <= rounding * (1 + 1e-9), "the seconds make the sum")
    of_steps = sum(seconds.get(phase, 0) for phase in ("free streaming", "mobility set-up", "mobility applications",
                                                       "local solver", "rest of the steps"))
    wanted = history["seconds"].sum()
    report.check(abs(of_steps - wanted) <= rounding * (1 + 1e-9) + 1e-6, f"the steps took {wanted} s, not {of_steps} s")
    report.take("")


def student(freedom):
    """The two-sided 95 % quantile of Student's t, by integrating its density."""
    constant = math.exp(math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2)) / math.sqrt(freedom * math.pi)
    t = np.linspace(0, 40, 400001)
    density = constant * (1 + t * t / freedom) ** (-(freedom + 1) / 2)
    part = np.concatenate([[0], np.cumsum((density[1:] + density[:-1]) / 2 * (t[1] - t[0]))])
    return float(np.interp(0.475, part, t))


def check_relaxation(report, run):
    """KL, and its rate over the later half of the time before round-off."""
    history, distance = run.history, run.column("relative_entropy")
    if not np.isfinite(distance[0]):
        return
    steps = len(distance) - 1
    first, last, rest = report.take(name("KL to equilibrium") + NUMBER + (f" -> {NUMBER}" if steps else "()") + "(.*)")
    report.same(first, distance[0], "the first KL")
    if steps:
        report.same(last, distance[-1], "the last KL")
    low = ~(distance > 1e-21 * history["mass"][0])
    count = int(np.argmax(low)) if low.any() else len(distance)
    time, logarithm = history["time"][:count], np.log(distance[:count])
    chosen = time >= (time[0] + time[-1]) / 2 if count else np.zeros(0, bool)
    if chosen.sum() < 3:
        report.check(rest == "", "three rows make a rate")
        return
    x, y = time[chosen], logarithm[chosen]
    (slope, offset), freedom = np.polyfit(x, y, 1), len(x) - 2
    error = math.sqrt(((y - slope * x - offset) ** 2).sum() / freedom / ((x - x.mean()) ** 2).sum())
    interval = student(freedom) * error
    falls = re.fullmatch(rf"; falls like exp\(-{NUMBER} t\), \+- {NUMBER} \(95 %\), for t from {NUMBER} to {NUMBER}", rest)
    stays = re.fullmatch(rf"; no longer falls for t from {NUMBER} to {NUMBER}", rest)
    report.check(bool(falls) == (-slope > interval) and bool(falls or stays), f"the rate is {-slope} +- {interval}")
    if falls:
        report.same(falls[1], -slope, "the rate", 1e-9)
        report.same(falls[2], interval, "its interval", 0.06 * interval)
    begin, end = (falls or stays).groups()[-2:]
    report.same(begin, x[0], "the begin")
    report.same(end, x[-1], "the end")


def check_datum(report, run):
    """What the components ask for, and what the grid has of it: the first row, unless they are regularised."""
    row, dims = {key: run.history[key][0] for key in ("mass", "energy")}, run.velocity_dim
    vector = ", ".join([NUMBER] * dims)
    values = rf"mass {NUMBER}, momentum \({vector}\), energy {NUMBER}"
    sums, count = np.zeros(2 + dims), 0
    while asked := report.take_if(name(f"initial.{count} asks for") + values):
        *got, off = report.take(name("and the grid has") + values + rf"; off by {NUMBER}(?: at most, in cell \d+)?"
                                r"(?:; by \S+ before it was normalised)?")
        asked, got = np.array(asked, float), np.array(got, float)
        report.check((abs(got - asked) <= 1.06 * float(off) * asked + 1e-9 * asked)[[0, -1]].all(), "it is off by that")
        sums, count = sums + got, count + 1
    report.check(count > 0, "there are components")
    wanted = [row["mass"], *(run.history[f"momentum_{a + 1}"][0] for a in range(dims)), row["energy"]]
    slack = np.array([1e-9] + [1e-6] * dims + [1e-9]) * count  # momenta are printed with six digits
    report.check((abs(sums - wanted) <= slack * max(row["mass"], row["energy"])).all(), f"the grid has {wanted}")


def check_certificate(report, run):
    """J of the steps, and of their certificates."""
    defect, step = run.history["J"][1:], run.history["step"][1:]
    has = np.isfinite(defect)
    if has.any():
        most, where, rest = report.take(name("largest |J| of a step") + NUMBER + r"(?: \(step (\d+)\))?, (.*)")
        worst = np.abs(defect[has]).max()
        report.same(most, worst, "the largest |J|")
        report.check(worst == 0 or abs(defect[step == int(where)][0]) == worst, "it is that of this step")
        if has.all():
            total, = re.fullmatch(rf"sum of J {NUMBER}", rest).groups()
            report.same(total, run.history["J_total"][-1], "the sum of J")
            report.same(total, defect.sum(), "the sum of J", 1e-15 * len(defect))
        else:
            report.check(rest == f"of the {has.sum()} steps of {len(has)} that have a J", "the number of steps")
    if "J_mean" not in run.history or len(defect) == 0:
        return
    least, mean = run.history["J_least"][1:], run.history["J_mean"][1:]
    count, known = np.isfinite(least).sum(), np.isfinite(mean)
    start = rf"\|J_least\| <= {NUMBER} \((\d+) steps\), " if count else "()()"
    said = report.take(name("certificate") + start + rf"sum of J_mean {NUMBER} \((\d+) of (\d+) steps\)")
    if count:
        report.same(said[0], np.nanmax(np.abs(least)), "the largest |J_least|")
        report.check(int(said[1]) == count, "the number of J_least")
    report.same(said[2], mean[known].sum(), "the sum of J_mean", 1e-18)
    report.check((int(said[3]), int(said[4])) == (known.sum(), len(mean)), "the number of J_mean")


def check_entropy(report, run):
    """H at both ends, whether a collision raised it, and what the streaming did to it."""
    H, streaming = run.history["H"], run.history["dH_streaming"][1:]
    negative = (run.history["f_min"] <= 0).any()
    if len(H) == 1:
        said, = report.take(name("H") + NUMBER)
        report.same(said, H[0], "H")
        return
    first, last, claim, with_log = report.take(name("H") + rf"{NUMBER} -> {NUMBER}; (.*?)( \(with log\|f\| where f <= 0\))?")
    report.same(first, H[0], "the first H")
    report.same(last, H[-1], "the last H")
    report.check(bool(with_log) == bool(negative), "f <= 0 somewhere")
    bath = np.diff(run.history["bath_energy"]) / float(run.deck["model.bath.temperature"]) if run.has_bath() else 0
    rise, it = (np.diff(H) - streaming - bath).max(), "the free energy F" if run.has_bath() else "it"
    raised = re.fullmatch(rf"(a collision RAISED {it} by|no collision raised {it} by more than round-off,) {NUMBER}", claim)
    report.check(bool(raised) == (rise > 0) and (raised or claim == f"no collision raised {it}"), f"{it} rises by {rise}")
    if raised:
        report.same(raised[2], rise, "the largest rise", 1e-17)
        report.check((rise > 2.5e-14 * run.history["mass"][0] + 9e-16 * abs(H[0])) == ("RAISED" in raised[1]),
                     "it is round-off")
    total = np.abs(streaming).sum()
    if total > 0:
        said, = report.take(name("H changed by streaming") + rf"{NUMBER}, the sum of \|dH_streaming\|")
        report.same(said, total, "the change by streaming")


def check_balance(report, run):
    """Drifts of the invariants: those of the report, of the formula, and of the picture."""
    history = run.history
    if len(history["time"]) == 1:
        return
    walls = "mass_left" in history
    if walls:
        mass, energy = report.take(name("left through the walls") + rf"mass {NUMBER}, energy {NUMBER}")
        report.same(mass, history["mass_left"][-1], "the mass that left")
        report.same(energy, history["energy_left"][-1], "the energy that left")
    momentum, energy = rf" momentum {NUMBER} of sqrt\(mass energy\),", "energy"
    if run.has_bath():
        bath, = report.take(name("energy of the bath") + rf"{NUMBER}; a bath keeps no momentum")
        report.same(bath, history["bath_energy"][-1], "the energy of the bath")
        momentum, energy = "", "energy with the bath"
    said = report.take(name("relative drift") + rf"mass {NUMBER},{momentum} {energy} {NUMBER}" + (", with what left" if walls else ""))
    kept = {key: history[key] + (history[f"{key.split('_')[0]}_left{key[len(key.split('_')[0]):]}"] if walls else 0)
            for key in ("mass", "energy", *(f"momentum_{a + 1}" for a in range(run.velocity_dim)))}
    if run.has_bath():
        kept["energy"] = kept["energy"] + 2 * history["bath_energy"]
    square = sum((kept[f"momentum_{a + 1}"] - kept[f"momentum_{a + 1}"][0]) ** 2 for a in range(run.velocity_dim))
    formula = {"mass": np.abs(kept["mass"] - kept["mass"][0]) / kept["mass"][0],
               "momentum": np.sqrt(square / (kept["mass"][0] * kept["energy"][0])),
               "energy": np.abs(kept["energy"] - kept["energy"][0]) / kept["energy"][0]}
    for printed, (what, drawn) in zip(said, plot.drifts(run)):
        report.same(printed, formula[what].max(), f"the drift of {what}")
        assert np.abs(drawn - formula[what]).max() < 3e-16, f"the picture of {run.label} draws another drift of {what}"


def check_species(report, run):
    """Density, temperature and momentum of every species, first and last."""
    vector = r"\(" + ", ".join([NUMBER] * run.velocity_dim) + r"\)"
    for species in run.species:
        said = report.take(name(species) + rf"density {NUMBER} -> {NUMBER}, temperature {NUMBER} -> {NUMBER}, "
                           rf"momentum {vector} -> {vector}")
        at = [(f"{what}_{species}", row) for what in ("density", "temperature") for row in (0, -1)]
        at += [(f"momentum_{species}_{a + 1}", row) for row in (0, -1) for a in range(run.velocity_dim)]
        for printed, (column, row) in zip(said, at):
            report.same(printed, run.history[column][row], column)


def check_extremes(report, run):
    """Least f, tail, error, and the files that the last line names."""
    history = run.history
    least, count, values = report.take(name("least f") + NUMBER + r"(?:; up to (\d+) values f <= 0 of (\d+))?")
    report.same(least, history["f_min"].min(), "the least f")
    report.check(bool(count) == bool((history["f_min"] <= 0).any()), "f <= 0 somewhere")
    size = np.prod(run.file["density"].shape[1:], dtype=int) * len(run.file["v1"]) ** run.velocity_dim
    report.check(not count or int(values) == size, f"there are {size} values")
    if count and "f" in run.file:
        report.check(int(count) >= max((run.density(i) <= 0).sum() for i in range(1, len(run.times))), "so many")
    tail, most, advice = report.take(name("outermost layers of v") + rf"{NUMBER} of the mass( at most)?(.*)")
    report.same(tail, history["tail"].max(), "the tail")
    report.check(bool(most) == (len(history["time"]) > 1), "it is the largest")
    report.check(advice == (": widen grid.v.half_width" if history["tail"].max() > 1e-8 else ""), "the advice")
    if "error" in history:
        error, time = report.take(name("relative L2 error") + rf"{NUMBER} at t = {NUMBER}")
        report.same(error, history["error"][-1], "the error")
        report.same(time, history["time"][-1], "the time")
    report.take("")
    files, = report.take(r".*: ([\w. ]+)")
    for file in files.split():
        report.check(os.path.exists(os.path.join(report.folder, file)), f"{file} is there")
    if report.at != len(report.lines):
        report.fail("an unknown line")


def check_states(run):
    """The states of result.h5 have the moments that the rows of their times have."""
    if "f" not in run.file:
        return
    v, dims = run.file["v1"][:], run.velocity_dim
    lengths = [float(word) for word in re.findall(NUMBER, run.deck.get("grid.x.length", ""))]
    weight = math.prod(length / len(run.file[f"x{a + 1}"]) for a, length in enumerate(lengths))
    axes = [v.reshape([-1 if b == a else 1 for b in range(dims)]) for a in range(dims)]
    mass = np.ones(1)
    if run.species:
        mass = run.file["species_mass"][:].reshape([-1] + [1] * (len(lengths) + dims))
    for axis in axes:
        weight = weight * run.velocity_weights().reshape(axis.shape)
    square = sum(axis ** 2 for axis in axes)
    for index, (time, step) in enumerate(zip(run.times, run.file["step"][:])):
        row = int(np.flatnonzero(run.history["step"] == step)[0])
        assert run.history["time"][row] == time, (run.label, time)
        f = run.density(index)
        logarithm = np.log(np.abs(np.where(f != 0, f, 1)))
        wanted = {"mass": mass, "energy": mass * square, "H": logarithm,
                  **{f"momentum_{a + 1}": mass * axes[a] for a in range(dims)}}
        scale = math.sqrt(run.history["mass"][row] * run.history["energy"][row]) + abs(run.history["H"][row])
        for key, factor in wanted.items():
            have = (f * factor * weight).sum()
            assert abs(have - run.history[key][row]) < 1e-13 * scale, (run.label, time, key, have)
        assert f.min() == run.history["f_min"][row], (run.label, time)


def main():
    """Check every folder. The first failure ends the run."""
    for folder in sys.argv[2:]:
        run, report = results.Run(folder), Report(folder)
        with open(os.path.join(folder, "deck.yaml"), encoding="utf-8") as file:
            assert run.file.attrs["deck"] == file.read(), f"result.h5 in {folder} has another deck than deck.yaml"
        check_head(report, run)
        check_notes(report, run)
        check_work(report, run, np.isfinite(run.history["J"][1:]).all())
        check_datum(report, run)
        check_certificate(report, run)
        check_entropy(report, run)
        check_relaxation(report, run)
        check_balance(report, run)
        check_species(report, run)
        check_extremes(report, run)
        check_states(run)
    print(len(sys.argv) - 2, "reports say what is so")


if __name__ == "__main__":
    main()
