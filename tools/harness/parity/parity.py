"""Holds Trainyard's learners against scikit-learn on the data scikit-learn brings along.

Both sides fit on the same rows. Prints a table, writes target/parity/parity.json and exits with 1 if a figure
lies outside its tolerance. The Trainyard side is the `fit` program of the harness:

    cargo build -p harness --bin fit
    python tools/harness/parity/parity.py --bin target/debug/fit
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import warnings

import numpy as np
from sklearn import datasets, ensemble, linear_model, metrics, model_selection

from report import Report, far

ROOT = pathlib.Path(__file__).resolve().parents[3]
SEEDS = range(10)
FOREST = {
    "n_estimators": 50,
    "max_depth": 10,
    "min_samples_split": 5,
    "min_samples_leaf": 2,
}


class Side:
    """The Trainyard side: the `fit` program."""

    def __init__(self, program):
        self.program = program

    def run(self, job):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "job.json")
            path.write_text(json.dumps(job))
            done = subprocess.run([self.program, path], capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{self.program} failed: {done.stderr}")
        return json.loads(done.stdout)

    def fit(self, x, y, train, test, fits, weights=None):
        columns = {f"f{j}": x[:, j] for j in range(x.shape[1])} | {"target": y}
        if weights is not None:
            columns["weight"] = weights
        with tempfile.TemporaryDirectory() as folder:
            csv = pathlib.Path(folder, "table.csv")
            with csv.open("w") as out:
                out.write(",".join(columns) + "\n")
                for row in zip(*columns.values()):
                    # repr reads back to the same number; a missing value is an empty cell.
                    out.write(",".join("" if np.isnan(v) else repr(float(v)) for v in row) + "\n")
            table = {
                "csv": str(csv),
                "target": "target",
                "weight": None if weights is None else "weight",
                "train_rows": train.tolist(),
                "test_rows": test.tolist(),
            }
            return self.run({"table": table, "fits": fits})["fits"]


def split(y, seed, stratify):
    rows = np.arange(len(y))
    return model_selection.train_test_split(rows, test_size=0.25, random_state=seed, stratify=y if stratify else None)


def standardized(x, train):
    spread = x[train].std(axis=0)
    return (x - x[train].mean(axis=0)) / np.where(spread > 0, spread, 1.0)


def ridge(side, report):
    x, y = datasets.load_diabetes(return_X_y=True)
    cancer, malignant = datasets.load_breast_cancer(return_X_y=True)
    wide = np.random.default_rng(0).normal(size=(60, 200))
    line = wide[:, :5].sum(axis=1) + np.random.default_rng(1).normal(size=60)
    tables = [
        ("diabetes", x, y, None),
        ("diabetes, weighted", x, y, np.random.default_rng(2).uniform(0.1, 3.0, len(y))),
        ("breast cancer", standardized(cancer, np.arange(len(cancer))), malignant.astype(float), None),
        ("60 × 200", wide, line, None),
    ]
    for name, x, y, weights in tables:
        train, test = split(y, 0, False)
        cases = [(a, i, e) for a in (1e-3, 1.0, 100.0) for i in (True, False) for e in ("native", "linfa")]
        names = ("alpha", "fit_intercept", "engine")
        fits = [{"model": "ridge_regression", "hyperparameters": dict(zip(names, case))} for case in cases]
        answers = side.fit(x, y, train, test, fits, weights)
        worst = {}
        for (alpha, intercept, engine), answer in zip(cases, answers):
            peer = linear_model.Ridge(alpha=alpha, fit_intercept=intercept, solver="svd")
            peer.fit(x[train], y[train], sample_weight=None if weights is None else weights[train])
            figures = worst.setdefault(engine, [0.0, 0.0])
            figures[0] = max(figures[0], far(answer["fitted"]["coefficients"], peer.coef_))
            figures[1] = max(figures[1], far(answer["values"], peer.predict(x[test])))
        for engine, (coefficients, predictions) in worst.items():
            report.add(name, f"ridge ({engine})", "coefficients", coefficients, 1e-9)
            report.add(name, f"ridge ({engine})", "predictions", predictions, 1e-9)


def logistic(side, report):
    cancer = datasets.load_breast_cancer(return_X_y=True)
    digits = datasets.load_digits(return_X_y=True)
    weights = np.random.default_rng(3).uniform(0.1, 3.0, len(cancer[1]))
    binary = [{}, {"c": 0.01}, {"c": 100.0}, {"fit_intercept": False}, {"class_weight": "balanced"}]
    tables = [
        ("breast cancer", *cancer, True, None, binary),
        ("breast cancer, linfa", *cancer, True, None, [{"engine": "linfa"}]),
        ("breast cancer, unscaled", *cancer, False, None, [{}, {"c": 0.01}]),
        ("breast cancer, weighted", *cancer, True, weights, [{}]),
        ("iris", *datasets.load_iris(return_X_y=True), False, None, [{}, {"c": 0.01}, {"class_weight": {"0": 2.0}}]),
        ("wine, hardly penalised", *datasets.load_wine(return_X_y=True), True, None, [{"c": 1e6}]),
        ("digits", *digits, False, None, [{}, {"fit_intercept": False}]),
    ]
    for name, x, y, scale, weights, cases in tables:
        train, test = split(y, 0, True)
        x = standardized(x, train) if scale else x
        answers = side.fit(x, y, train, test, [{"model": "logistic_regression", "hyperparameters": c} for c in cases], weights)
        for case, answer in zip(cases, answers):
            theirs = peer_probabilities(case, x[train], y[train], x[test], None if weights is None else weights[train])
            told = ", ".join(f"{k}={v}" for k, v in case.items() if k != "engine")
            report.add(name, f"logistic {told}".strip()[:26], "probabilities", far(answer["probabilities"], theirs), 1e-4)


def peer_probabilities(case, x, y, test, weights):
    """scikit-learn's, converged as closely as it can be; on unscaled features by way of an exact Newton solver."""
    options = {"C": case.get("c", 1.0), "fit_intercept": case.get("fit_intercept", True)}
    if "class_weight" in case:
        given = case["class_weight"]
        options["class_weight"] = given if given == "balanced" else {int(k): v for k, v in given.items()}
    peer = linear_model.LogisticRegression(solver="newton-cholesky", tol=1e-12, max_iter=100_000, **options)
    with warnings.catch_warnings():
        # Its line search says when rounding leaves nothing to gain.
        warnings.simplefilter("ignore")
        peer.fit(x, y, sample_weight=weights)
    return peer.predict_proba(test)


def forests(side, report):
    classes = [
        ("breast cancer", datasets.load_breast_cancer(return_X_y=True)),
        ("digits", datasets.load_digits(return_X_y=True)),
        ("wine", datasets.load_wine(return_X_y=True)),
    ]
    numbers = [
        ("diabetes", datasets.load_diabetes(return_X_y=True)),
        ("friedman 1", datasets.make_friedman1(2000, noise=1.0, random_state=0)),
    ]
    deep = {"n_estimators": 50, "max_depth": None, "min_samples_split": 2, "min_samples_leaf": 1}
    for shape, parameters in (("", FOREST), (", deep", deep)):
        for name, (x, y) in classes:
            peer = ensemble.RandomForestClassifier(**parameters, n_jobs=-1)
            model = "random_forest_classifier"
            compare_forest(side, report, name, model, shape, parameters, x, y, peer, metrics.accuracy_score, 0.02)
        for name, (x, y) in numbers:
            peer = ensemble.RandomForestRegressor(**parameters, n_jobs=-1)
            model = "random_forest_regressor"
            compare_forest(side, report, name, model, shape, parameters, x, y, peer, metrics.r2_score, 0.02)


def compare_forest(side, report, name, model, shape, parameters, x, y, peer, score, tolerance):
    """Means over the seeds, each with its own split."""
    ours, theirs = [], []
    classifier = model == "random_forest_classifier"
    for seed in SEEDS:
        train, test = split(y, seed, classifier)
        fit = {"model": model, "hyperparameters": parameters | {"random_state": seed}}
        [answer] = side.fit(x, y, train, test, [fit])
        predicted = np.argmax(answer["probabilities"], axis=1) if classifier else answer["values"]
        ours.append(score(y[test], predicted))
        theirs.append(score(y[test], peer.set_params(random_state=seed).fit(x[train], y[train]).predict(x[test])))
    what = ("accuracy" if classifier else "R²") + f", {len(SEEDS)} seeds"
    difference = abs(np.mean(ours) - np.mean(theirs))
    report.add(name, model[:24] + shape, what, difference, tolerance, ours=np.mean(ours), sklearn=np.mean(theirs))


def main():
    default = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"), "debug", "fit")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=pathlib.Path, default=default, help="the harness's fit program")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "target/parity/parity.json")
    arguments = parser.parse_args()
    side, report = Side(arguments.bin), Report()
    for part in (ridge, logistic, forests):
        part(side, report)
    sys.exit(report.finish(arguments.out))


if __name__ == "__main__":
    main()
