#!/usr/bin/env python3
"""The scoreboard of this experiment as Markdown, from the at_error.csv of its problems: table.py FOLDER writes
FOLDER/table.md, the best of each problem and error, and FOLDER/scoreboard.md, all methods."""
import csv
import math
import os
import sys

PROBLEMS = {"bkw": "BKW, 49^2", "coulomb": "Coulomb, 49^2", "coulomb3d": "Coulomb, 25^3", "fuzzy": "fuzzy wave, 9 x 33^2",
            "two_stream": "two streams, 9 x 33^2"}
OURS = ("zero_defect4", "zero_defect")


def seconds(row):
    return float(row["processor_seconds"]) if row else math.nan


def cell(row, best=None):
    """Processor seconds, applications + set-ups of K; the fastest in bold, n where f turns negative."""
    if not math.isfinite(seconds(row)):
        return "-"
    bound = "<= " if row["remark"].startswith("at most") else ""
    time = f"**{seconds(row):.2g} s**" if row is best else f"{seconds(row):.2g} s"
    return f"{bound}{time}, {float(row['applications']):.0f} + {float(row['setups']):.0f}{'' if row['positive'] == 'yes' else ', n'}"


def fastest(rows):
    return min((row for row in rows if math.isfinite(seconds(row))), key=seconds, default=None)


def rival(rows, positive):
    """The fastest rival, and its seconds over those of zero_defect4."""
    best = fastest(row for name, row in rows.items() if name not in OURS and (row["positive"] == "yes" or not positive))
    if best is None:
        return "-"
    return f"`{best['method']}` {cell(best)}: {seconds(best) / seconds(rows['zero_defect4']):.2g}"


def summary(errors):
    yield "| problem | error | `zero_defect4` | `zero_defect` | fastest rival | fastest with f > 0 |\n|---|---:|---:|---:|---:|---:|"
    for name, title in PROBLEMS.items():
        for error, problems in errors:
            rows = problems[name]
            yield (f"| {title} | {error:.0e} | {cell(rows['zero_defect4'])} | {cell(rows['zero_defect'])} | "
                   f"{rival(rows, False)} | {rival(rows, True)} |")


def scoreboard(errors, methods):
    for error, problems in errors:
        best = {name: fastest(rows.values()) for name, rows in problems.items()}
        yield f"| error {error:.0e} | " + " | ".join(PROBLEMS.values()) + " |\n|---|" + "---:|" * len(PROBLEMS)
        for method in methods:
            cells = [cell(problems[name].get(method), best[name]) for name in PROBLEMS]
            if any(text != "-" for text in cells):
                yield f"| `{method}` | " + " | ".join(cells) + " |"
        yield ""


def main():
    errors, methods = {}, {}
    for name in PROBLEMS:
        with open(os.path.join(sys.argv[1], name, "at_error.csv"), newline="") as file:
            for row in csv.DictReader(file):
                errors.setdefault(float(row["error_L2"]), {}).setdefault(name, {})[row["method"]] = row
                methods[row["method"]] = None
    ordered = sorted(errors.items(), reverse=True)
    for name, lines in (("scoreboard.md", scoreboard(ordered, methods)), ("table.md", summary(ordered))):
        text = "\n".join(lines) + "\n"
        with open(os.path.join(sys.argv[1], name), "w") as file:
            file.write(text)
        print(text)


main()
