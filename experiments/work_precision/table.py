#!/usr/bin/env python3
"""The scoreboard of this experiment as Markdown, from the at_error.csv of its problems: table.py FOLDER. One table for each
error, whose last rows compare zero_defect4 with the best of the rivals."""
import csv
import math
import os
import sys

PROBLEMS = {"bkw": "BKW, 49^2", "fuzzy": "fuzzy wave, 9 x 33^2", "coulomb": "Coulomb, 49^2", "coulomb3d": "Coulomb, 25^3",
            "two_stream": "two streams, 9 x 33^2"}
OURS = ("zero_defect4", "zero_defect")


def seconds(row):
    return float(row["processor_seconds"]) if row else math.nan


def cell(row, best):
    """Processor seconds, applications + set-ups of K; the fastest in bold, n where f turns negative."""
    if not math.isfinite(seconds(row)):
        return "-"
    bound = "<= " if row["remark"].startswith("at most") else ""
    time = f"**{seconds(row):.2g} s**" if row is best else f"{seconds(row):.2g} s"
    return f"{bound}{time}, {float(row['applications']):.0f} + {float(row['setups']):.0f}{'' if row['positive'] == 'yes' else ', n'}"


def fastest(rows):
    return min((row for row in rows if math.isfinite(seconds(row))), key=seconds, default=None)


def against(rows, positive):
    """Seconds of the fastest rival over those of zero_defect4."""
    ours = rows["zero_defect4"]
    best = fastest(row for name, row in rows.items() if name not in OURS and (row["positive"] == "yes" or not positive))
    if best is None or not math.isfinite(seconds(ours)):
        return "-"
    return f"{seconds(best) / seconds(ours):.2g} (`{best['method']}`)"


def main():
    errors, methods = {}, {}
    for name in PROBLEMS:
        with open(os.path.join(sys.argv[1], name, "at_error.csv"), newline="") as file:
            for row in csv.DictReader(file):
                errors.setdefault(float(row["error_L2"]), {}).setdefault(name, {})[row["method"]] = row
                methods[row["method"]] = None
    for number, (error, problems) in enumerate(sorted(errors.items(), reverse=True)):
        print(("\n" if number else "") + f"| error {error:g} | " + " | ".join(PROBLEMS.values()) + " |\n|---|" + "---:|" * len(PROBLEMS))
        best = {name: fastest(rows.values()) for name, rows in problems.items()}
        for method in methods:
            cells = [cell(problems[name].get(method), best[name]) for name in PROBLEMS]
            if any(text != "-" for text in cells):
                print(f"| `{method}` | " + " | ".join(cells) + " |")
        for words, positive in (("best rival : `zero_defect4`", False), ("the same, f > 0", True)):
            print(f"| {words} | " + " | ".join(against(problems[name], positive) for name in PROBLEMS) + " |")


main()
