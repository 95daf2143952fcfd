"""Writes breast_cancer.csv and diabetes.csv from the tables that scikit-learn carries.

Run once; the files are committed. Needs scikit-learn (1.9.0 was used) and writes beside itself into data/.
Python's repr of a float is the shortest text that reads back as the same float, so no digit is lost.
"""

import csv
import pathlib

from sklearn.datasets import load_breast_cancer, load_diabetes

DATA = pathlib.Path(__file__).resolve().parent / "data"


def write(name, columns, rows):
    with open(DATA / name, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def number(value):
    """The value as text: whole numbers without a point."""
    value = float(value)
    return str(int(value)) if value.is_integer() else repr(value)


def main():
    table = load_breast_cancer()
    names = [name.replace(" ", "_") for name in table.feature_names]
    write(
        "breast_cancer.csv",
        [*names, "diagnosis"],
        ([*map(number, row), table.target_names[kind]] for row, kind in zip(table.data, table.target)),
    )
    # In the units they were measured in: scaling is a node's work, not the file's.
    table = load_diabetes(scaled=False)
    write(
        "diabetes.csv",
        [*table.feature_names, "progression"],
        ([*map(number, row), number(target)] for row, target in zip(table.data, table.target)),
    )


if __name__ == "__main__":
    main()
