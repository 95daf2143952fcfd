"""Holds evaluations against scikit-learn's metrics of the same predictions, and evaluation.json against its schema.

    python3 tools/harness/parity/metrics.py [--evaluate PATH] [--artifact PATH] [--only PATTERN]

makes a Python environment of its own where it is missing. Every metric, every class's row, every cell of the confusion,
the areas, each point of the curves and their convex hull, the calibration, the residuals and their histogram must lie
within 1e-9 (of the figure where that exceeds 1), and what is undefined must be absent. Then trains models of every kind
and validates their evaluation.json by docs/evaluation.schema.json, with no field that the schema does not know. Prints
a table, writes target/parity/metrics.json and exits with 1 on a miss.
"""

import environment

if __name__ == "__main__":
    environment.enter("metrics")

import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np

import metrics_cases
import metrics_reference as reference
import metrics_schema
from report import Report, far

BOUND = 1e-9
MOST_POINTS = 500
MISSING = np.inf


class Side:
    """The Trainyard side: the `evaluate` program."""

    def __init__(self, program):
        self.program = program

    def evaluate(self, cases):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            told = [self.told(case, folder / str(at)) for at, case in enumerate(cases)]
            path = folder / "cases.json"
            path.write_text(json.dumps(told))
            done = subprocess.run([self.program, path], capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{self.program} failed: {done.stderr}")
        return json.loads(done.stdout, parse_constant=refuse)

    def told(self, case, folder):
        """A case in the program's words, its arrays in files."""
        folder.mkdir()

        def file(name, array):
            path = folder / f"{name}.npy"
            np.save(path, np.asarray(array, float))
            return str(path)

        told = {"predicted": file("predicted", case.predicted)}
        if case.weights is not None:
            told["weights"] = file("weights", case.weights)
        if isinstance(case, metrics_cases.NumberCase):
            return told | {"problem_type": "regression", "truth": file("truth", case.truth)}
        told |= {"problem_type": "classification", "truth": case.truth, "classes": case.classes}
        return told | {"scores": case.scores, "positive_class": case.positive}


def refuse(constant):
    raise ValueError(f"{constant} is no JSON")


def apart(ours, theirs):
    """How far figures by name, or lists of them, lie from each other; without bound if one side lacks some."""
    if ours is None or theirs is None:
        return 0.0 if ours is theirs else MISSING
    if set(ours) != set(theirs):
        print("       only on one side:", sorted(set(ours) ^ set(theirs)))
        return MISSING
    return max((far_by_shape(ours[name], theirs[name]) for name in theirs), default=0.0)


def far_by_shape(ours, theirs):
    if np.shape(ours) != np.shape(theirs):
        return MISSING
    return far(ours, theirs) if np.size(theirs) else 0.0


def compare_classes(case, found, report):
    peer = reference.Classes(
        case.truth, case.classes, case.predicted, case.scores, case.positive, case.weights
    )
    detail = found["classification"]
    assert found["rows"] == len(case.truth)

    def add(what, difference, **figures):
        report.add(case.name, "scores" if case.scores else "probabilities", what, difference, BOUND, **figures)

    metrics = peer.metrics()
    add("metrics", apart(found["metrics"], metrics), count=len(metrics))
    table = peer.table()
    labels = [row["label"] for row in detail["classes"]]
    scalars = [{key: row[key] for key in row if isinstance(row[key], (int, float)) and key != "label"} for row in detail["classes"]]
    same = labels == peer.labels and [type(a) for a in labels] == [type(b) for b in peer.labels]
    add("classes", max(map(apart, scalars, table)) if same else MISSING, count=len(table))
    cells = np.zeros((len(labels), len(labels)))
    for cell in detail["confusion"]:
        cells[labels.index(cell["truth"]), labels.index(cell["predicted"])] = cell["support"]
    add("confusion", far_by_shape(cells, peer.confusion()))
    for kind in ("roc", "precision_recall"):
        add(kind, *curves(case, detail, peer, kind))
    calibrations = [calibration(row) for row in detail["classes"][: len(case.classes)]] + [calibration(detail)]
    if case.scores:
        add("calibration", 0.0 if not any(calibrations) else MISSING)
    else:
        theirs = [peer.calibration(at) for at in range(len(case.classes))] + [peer.calibration_of_predicted()]
        add("calibration", max(map(apart, calibrations, theirs)))


def calibration(told):
    """A calibration as lists by name."""
    if "calibration" not in told:
        return None
    told = told["calibration"]
    bins = {name: [each[name] for each in told["bins"]] for name in told["bins"][0]}
    return {"brier_score": told["brier_score"], "expected_calibration_error": told["expected_calibration_error"]} | bins


def curves(case, detail, peer, kind):
    """The worst difference of the points, the hull and, where no point was left out, the area."""
    worst = 0.0
    for at, row in enumerate(detail["classes"]):
        ours = row.get(kind)
        has = peer.has(at) if at < len(case.classes) else (False, False)
        expected = all(has) if kind == "roc" else has[0]
        if (ours is not None) != expected:
            return (MISSING,)
        if expected:
            worst = max(worst, curve(ours, kind, peer, at, row))
    return (worst,)


def curve(ours, kind, peer, at, row):
    x, y, thresholds = getattr(peer, kind)(at)
    if kind == "roc":
        ours_x, ours_y = ours["false_positive_rate"], ours["true_positive_rate"]
    else:
        ours_x, ours_y = ours["recall"], ours["precision"]
    # Thresholds are told apart to the last digit; the first point has none.
    places = {threshold: place for place, threshold in enumerate(thresholds.tolist())}
    mine = [places.get(np.inf if threshold is None else threshold) for threshold in ours["threshold"]]
    if None in mine or mine != sorted(set(mine)) or mine[0] != 0 or mine[-1] != len(x) - 1:
        return MISSING
    if len(mine) > MOST_POINTS or len({len(mine), len(ours_x), len(ours_y)}) != 1:
        return MISSING
    points = max(far(ours_x, x[mine]), far(ours_y, y[mine]))
    hull = abs(hull_area(ours_x, ours_y) - hull_area(x, y))
    # Where curves are thinned, areas as drawn are near enough to be looked at.
    slack = 0.0 if len(mine) < MOST_POINTS / 2 else 2e-3
    if kind == "roc":
        area = abs(np.trapezoid(ours_y, ours_x) - row["roc_auc"])
    else:
        area = abs(np.sum(np.diff(ours_x) * ours_y[1:]) - row["pr_auc"])
    return max(points, hull, max(0.0, area - slack))


def hull_area(x, y):
    """The area of the convex hull."""
    points = sorted(set(zip(map(float, x), map(float, y))))
    corners = chain(points)[:-1] + chain(points[::-1])[:-1]
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(corners, corners[1:] + corners[:1]))) / 2


def chain(points):
    kept = []
    for c in points:
        while len(kept) > 1:
            a, b = kept[-2:]
            if (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]) > 0:
                break
            kept.pop()
        kept.append(c)
    return kept


def compare_numbers(case, found, report):
    def add(what, difference, **figures):
        report.add(case.name, "numbers", what, difference, BOUND, **figures)

    assert found["rows"] == len(case.truth)
    metrics = reference.of_numbers(case.truth, case.predicted, case.weights)
    add("metrics", apart(found["metrics"], metrics), count=len(metrics))
    detail = found["regression"]
    told = detail.get("residuals")
    if told is None:
        shares, bins = [0.5], 30
    else:
        shares = [quantile["share"] for quantile in told["quantiles"]]
        told = told | told["histogram"] | {"quantiles": [quantile["value"] for quantile in told["quantiles"]]}
        del told["histogram"]
        bins = len(told["support"])
    add("residuals", apart(told, reference.residuals(case.truth, case.predicted, case.weights, shares, bins)))
    counts = np.ones(len(case.truth), bool) if case.weights is None else case.weights > 0
    rows = list(zip(case.truth[counts].tolist(), case.predicted[counts].tolist()))
    drawn = list(zip(detail["sample"]["actual"], detail["sample"]["predicted"]))
    add("sample", 0.0 if len(drawn) == min(len(rows), MOST_POINTS) and in_order(drawn, rows) else MISSING)


def in_order(some, all_of_them):
    """Whether some are all there, in their order."""
    rest = iter(all_of_them)
    return all(any(one == other for other in rest) for one in some)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--evaluate", type=pathlib.Path, help="the program of the harness; built if not given")
    parser.add_argument("--artifact", type=pathlib.Path, help="the program of the harness; built if not given")
    parser.add_argument("--only", default="", metavar="PATTERN", help="cases whose names match")
    parser.add_argument("--out", type=pathlib.Path, default=environment.TARGET / "parity/metrics.json")
    arguments = parser.parse_args()
    evaluate = arguments.evaluate or environment.built("evaluate", release=False)
    artifact = arguments.artifact or environment.built("artifact", release=False)
    report = Report(widths=(44, 14, 18))
    schema = metrics_schema.Schema()
    cases = [*metrics_cases.classes(), *metrics_cases.numbers()]
    cases = [case for case in cases if re.search(arguments.only, case.name)]
    for case, found in zip(cases, Side(evaluate).evaluate(cases)):
        numbers = isinstance(case, metrics_cases.NumberCase)
        (compare_numbers if numbers else compare_classes)(case, found, report)
        errors = schema.errors_of_evaluation(found)
        report.add(case.name, "numbers" if numbers else "classes", "schema", len(errors), 0, errors[0] if errors else "")
    metrics_schema.artifacts(schema, artifact, report, arguments.only)
    sys.exit(report.finish(arguments.out))


if __name__ == "__main__":
    main()
