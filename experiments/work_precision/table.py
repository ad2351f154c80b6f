#!/usr/bin/env python3
"""The table of this experiment as Markdown, from the at_error.csv of its three problems: table.py FOLDER"""
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
    tables, methods = {}, {}
    for name in PROBLEMS:
        with open(os.path.join(sys.argv[1], name, "at_error.csv"), newline="") as file:
            tables[name] = {row["method"]: row for row in csv.DictReader(file)}
        methods.update(dict.fromkeys(tables[name]))
    headings = [title.format(f"{float(next(iter(tables[name].values()))['error_L2']):g}") for name, title in PROBLEMS.items()]
    print("| method | " + " | ".join(headings) + " |\n|---|" + "---:|" * len(PROBLEMS))
    for method in methods:
        print(f"| `{method}` | " + " | ".join(cell(tables[name].get(method)) for name in PROBLEMS) + " |")


main()
