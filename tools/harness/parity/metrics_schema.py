"""The JSON schema of evaluation.json, held against what trainings write."""

import copy
import csv
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import jsonschema
import numpy as np

import environment


class Schema:
    """docs/evaluation.schema.json, made strict: readers pass over fields they do not know, and no such field is written."""

    def __init__(self):
        given = json.loads((environment.ROOT / "docs/evaluation.schema.json").read_text())
        jsonschema.Draft202012Validator.check_schema(given)
        self.schema = closed(given)

    def errors(self, value):
        validator = jsonschema.Draft202012Validator(self.schema)
        return [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(value)]

    def errors_of_evaluation(self, value):
        """Those of one split."""
        part = {"$schema": self.schema["$schema"], "$defs": self.schema["$defs"], "$ref": "#/$defs/evaluation"}
        validator = jsonschema.Draft202012Validator(part)
        return [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(value)]


def closed(schema):
    """The schema whose objects have no other fields than it names."""
    schema = copy.deepcopy(schema)

    def close(part):
        if isinstance(part, dict):
            if part.get("type") == "object" and "properties" in part:
                part["additionalProperties"] = False
            for name in part:
                close(part[name])
        elif isinstance(part, list):
            for each in part:
                close(each)

    close(schema)
    return schema


# Model, target, config of the training node.
TRAININGS = [
    ("logistic_regression", "two", {"positive_class": "no"}),
    ("logistic_regression", "two", {"cv_enabled": True}),
    ("random_forest_classifier", "five", {}),
    ("gaussian_nb", "five", {"cv_enabled": True, "cv_folds": 3}),
    ("linear_svc", "two", {}),
    ("svc", "five", {}),
    ("ridge_regression", "number", {}),
    ("hist_gradient_boosting_regressor", "number", {"cv_enabled": True}),
]


def artifacts(schema, program, report, only):
    """Trains, and validates each evaluation.json; its metrics are those of the manifest."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        table = folder / "table.csv"
        write(table)
        jobs, names = [], []
        for at, (model, target, config) in enumerate(TRAININGS):
            if re.search(only, model):
                jobs.append({"spec": spec(table, model, target, config), "output": str(folder / str(at))})
                names.append(f"{model}, {target}{', folds' * ('cv_enabled' in config)}")
        path = folder / "jobs.json"
        path.write_text(json.dumps(jobs))
        done = subprocess.run([program, path], capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{program} failed: {done.stderr}")
        for job, name, told in zip(jobs, names, done.stdout.splitlines()):
            errors = judged(schema, pathlib.Path(job["output"])) if told == "ok" else [told]
            report.add("evaluation.json", "artifact", name[:40], len(errors), 0, errors[0] if errors else "")


def judged(schema, artifact):
    text = (artifact / "evaluation.json").read_text()
    value = json.loads(text)
    manifest = json.loads((artifact / "manifest.json").read_text())
    errors = schema.errors(value)
    splits = {split: evaluation["metrics"] for split, evaluation in value["splits"].items()}
    recorded = {split: figures for split, figures in manifest["metrics"].items() if split in splits}
    if splits != recorded or set(splits) != {"train", "validation", "test"}:
        errors.append("its metrics are not those of the manifest")
    if value.get("cross_validation") != manifest.get("cross_validation"):
        errors.append("its folds are not those of the manifest")
    return errors


def write(path):
    random = np.random.default_rng(5)
    rows = 600
    x = random.normal(size=(rows, 3))
    noisy = x @ [1.0, -0.5, 0.2] + 0.5 * random.normal(size=rows)
    five = np.digitize(noisy, [-1.0, -0.3, 0.3, 1.0])
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["a", "b", "c", "two", "five", "number"])
        for row, value, code in zip(x.tolist(), noisy.tolist(), five.tolist()):
            out.writerow([*map(repr, row), "yes" if value > 0 else "no", code, repr(value)])


def spec(table, model, target, config):
    others = [other for other in ("two", "five", "number") if other != target]
    chain = [
        ("dataset", {}),
        ("drop_columns", {"columns": others}),
        ("train_test_split", {"test_size": 0.25, "validation_size": 0.15, "random_state": 7}),
        ("train_model", {"target_column": target} | config),
    ]
    nodes = [{"id": f"n{at}", "type": kind, "config": given} for at, (kind, given) in enumerate(chain)]
    return {
        "graph": {"nodes": nodes, "edges": [{"source": a["id"], "target": b["id"]} for a, b in zip(nodes, nodes[1:])]},
        "node_id": nodes[-1]["id"],
        "model_type": model,
        "hyperparameters": {},
        "dataset": {
            "id": "table",
            "uri": str(table),
            "format": "csv",
            "csv": {"delimiter": ord(","), "has_header": True, "quote": ord('"'), "null_values": []},
            "sha256": None,
        },
    }
