"""Holds Trainyard's nodes against scikit-learn, scipy, numpy and imbalanced-learn on the same tables.

    python3 tools/harness/parity/nodes.py [--bin PATH/trainctl] [--only PATTERN]

makes a Python environment of its own where it is missing. Each graph (table, target, split, one node) goes through
`trainctl transform`; the other side fits on the rows that the result says are training rows and transforms all of them.
Numbers agree to 1e-9 unless said otherwise beside them, categories, columns and rows exactly. Every node of the
families below has a case, and so has every choice that one of their parameters offers; one without is a miss. Prints a
table, writes target/parity/nodes.json and exits with 1 if anything lies outside its bound.
"""

import environment

if __name__ == "__main__":
    environment.enter("nodes")

import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow.parquet

import node_cases
from node_comparisons import EXACT
from report import Report

TARGET_COLUMN = "target"
FAMILIES = ("numeric", "imputation", "encoding", "outliers", "resampling")


class Result:
    """A transformed table: its columns by name as arrays, NaN or None where missing, which rows of the source they are
    (-1 for none), and which are training rows."""

    def __init__(self, path):
        table = pyarrow.parquet.read_table(path)
        self.columns = {name: as_array(table.column(name)) for name in table.column_names}
        self.rows = np.nan_to_num(self.columns.pop("row"), nan=-1).astype(int)
        self.train = self.columns.pop("split") == "train"
        self.target = self.columns.pop(TARGET_COLUMN)


def as_array(column):
    if pyarrow.types.is_string(column.type):
        return np.array(column.to_pylist(), dtype=object)
    return np.array([np.nan if v is None else float(v) for v in column.to_pylist()])


def as_source(values):
    """A column of the source as its numbers, NaN where missing, or as texts."""
    if any(isinstance(value, str) for value in values):
        return np.asarray(values)
    return np.array([np.nan if value is None else value for value in values])


def transform(program, case):
    """The result of the case's node, or what the program said."""
    chain = [
        ("load", "dataset", {}),
        ("target", "feature_target_split", {"target_column": TARGET_COLUMN}),
        ("split", "train_test_split", {"test_size": 0.25, "random_state": 7}),
        ("node", case.node, case.config),
    ]
    nodes = [{"id": i, "type": t, "config": c} for i, t, c in chain]
    edges = [{"source": a[0], "target": b[0]} for a, b in zip(chain, chain[1:])]
    with tempfile.TemporaryDirectory() as folder:
        graph, table, out = (pathlib.Path(folder, name) for name in ("graph.json", "table.csv", "out.parquet"))
        graph.write_text(json.dumps({"graph": {"nodes": nodes, "edges": edges}}))
        write_csv(case.table(), table)
        command = [program, "transform", graph, "--input", table, "--output", out, "--numbered"]
        done = subprocess.run(command, capture_output=True, text=True)
        return Result(out) if done.returncode == 0 else done.stderr.strip()


def write_csv(table, path):
    lines = [",".join(table)] + [",".join(map(cell, row)) for row in zip(*table.values())]
    path.write_text("\n".join(lines) + "\n")


def cell(value):
    """Text that reads back to the same value; a missing one is an empty cell."""
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return ""
    return value if isinstance(value, str) else repr(value.item() if hasattr(value, "item") else value)


def judge(case, result, report):
    """A line for all checks of a case that have the same bound: the worst of them."""
    if isinstance(result, str):
        report.add(case.node, case.name, result.splitlines()[-1], np.inf, EXACT)
        return
    source = {name: as_source(values) for name, values in case.table().items()}
    checks = {}
    for check in case.compare(case, source, result):
        checks.setdefault((check.bound, check.why), []).append(check)
    if not checks:
        report.add(case.node, case.name, "nothing was compared", np.inf, EXACT)
    for (bound, why), alike in checks.items():
        # What is no number is the worst.
        worst = max(alike, key=lambda check: (np.isnan(check.difference), check.difference))
        what = f"{len(result.rows)} rows" + (f": {worst.what}" if worst.difference > 0 else "")
        report.add(case.node, case.name, what, worst.difference, bound, why=why)


def offered(parameters, path=""):
    """Every parameter with choices, and these."""
    for parameter in parameters:
        yield from offered_by(parameter["kind"], f"{path}{parameter['name']}")


def offered_by(kind, path):
    for name, inner in kind.items() if isinstance(kind, dict) else ():
        if name == "choice":
            yield path, inner
        elif name == "object":
            yield from offered(inner, f"{path}.")
        elif name in ("list", "map"):
            yield from offered_by(inner, path)
        elif name == "one_of":
            for one in inner:
                yield from offered_by(one, path)


def texts(value, path=""):
    """Every text in a config, with its path; items of lists and maps have the path of the whole."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, list):
        for item in value:
            yield from texts(item, path)
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from texts(item, f"{path}.{name}" if path else name)
            yield from texts(item, path)


def uncovered(catalogue, cases):
    """Nodes of the families, and choices of theirs, that no case has."""
    used = {(case.node, path, text) for case in cases for path, text in texts(case.config)}
    known = {case.node for case in cases}
    for node in catalogue["nodes"]:
        key = node["key"]
        if node["category"] not in FAMILIES:
            continue
        if key not in known:
            yield key, "no case"
        for path, choices in offered(node["parameters"]):
            default = [p["default"] for p in node["parameters"] if p["name"] == path]
            for choice in choices:
                excused = (key, path) in node_cases.WITHOUT or (key, path, choice) in node_cases.WITHOUT
                if not excused and choice not in default and (key, path, choice) not in used:
                    yield key, f"no case with {path}: {choice}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=pathlib.Path, help="trainctl; built if not given")
    parser.add_argument("--only", default="", metavar="PATTERN", help="cases whose node or name match")
    parser.add_argument("--catalogue", type=pathlib.Path, default=environment.ROOT / "shared/catalog/catalog.json")
    parser.add_argument("--out", type=pathlib.Path, default=environment.TARGET / "parity/nodes.json")
    arguments = parser.parse_args()
    program = arguments.bin or environment.built("trainctl", release=False)
    report = Report(widths=(22, 38, 34))
    catalogue = json.loads(arguments.catalogue.read_text())
    cases = list(node_cases.cases(catalogue))
    asked = [case for case in cases if re.search(arguments.only, f"{case.node} {case.name}", re.IGNORECASE)]
    if not asked:
        sys.exit(f"no case matches {arguments.only!r}")
    with ThreadPoolExecutor() as pool:
        for case, result in zip(asked, pool.map(lambda case: transform(program, case), asked)):
            judge(case, result, report)
    for node, lack in uncovered(catalogue, cases):
        report.add(node, "", lack, np.inf, EXACT)
    sys.exit(report.finish(arguments.out))


if __name__ == "__main__":
    main()
