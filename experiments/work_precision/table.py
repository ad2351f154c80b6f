#!/usr/bin/env python3
"""The table of this experiment as Markdown, from the at_error.csv of its three problems: table.py FOLDER. Each problem has
a column for every error."""
import csv
import math
import os
import sys

PROBLEMS = {"bkw": "BKW, 49^2, error {}", "fuzzy": "fuzzy wave, 9 x 33^2, {}", "coulomb": "Coulomb, 49^2, {}"}


def cell(row):
    """Processor seconds, the seconds of zero_defect divided by them, and applications of K."""
    if row is None or not math.isfinite(float(row["processor_seconds"])):
        return "-"
    bound = "<= " if row["remark"].startswith("at most") else ""
    return f"{bound}{float(row['processor_seconds']):.2g} s, {float(row['ratio_processor']):.2g}, {float(row['applications']):.0f}"


def main():
    columns, methods = {}, {}
    for name, title in PROBLEMS.items():
        with open(os.path.join(sys.argv[1], name, "at_error.csv"), newline="") as file:
            for row in csv.DictReader(file):
                columns.setdefault(title.format(f"{float(row['error_L2']):g}"), {})[row["method"]] = row
                methods[row["method"]] = None
    print("| method | " + " | ".join(columns) + " |\n|---|" + "---:|" * len(columns))
    for method in methods:
        print(f"| `{method}` | " + " | ".join(cell(rows.get(method)) for rows in columns.values()) + " |")


main()
