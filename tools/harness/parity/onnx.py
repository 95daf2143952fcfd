"""Holds onnxruntime against `trainctl predict`: the same artifact, the same raw rows, the same predictions.

    python3 tools/harness/parity/onnx.py [--trainctl PATH] [--artifact PATH] [--only PATTERN]

makes a Python environment of its own where it is missing. Trains every model on a plain table of numbers and on a messy
one that is imputed, scaled and one-hot encoded, and pipelines with every type of node that can be said in ONNX. Each
predicts 10,000 rows with missing and unseen values by `model.onnx` and by trainctl. Labels must be the same in every row
but those whose two best classes lie within 1e-6 of each other, which are counted; probabilities and values must lie
within 1e-5 (of the value where that exceeds 1); rows without a prediction must have none in both. What cannot be said in
ONNX must be named in the manifest, and be among those allowed. Every tree model is tried as tables in `model.onnx.data`,
too, which is where large ones lie. The lines of Python in report.html are run, too, on tables
of several formats that are easily misread, and must predict what trainctl does. Prints a table, writes target/parity/onnx.json and exits
with 1 on a miss.
"""

import environment

if __name__ == "__main__":
    environment.enter("onnx")

import argparse
import csv
import json
import pathlib
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import onnxruntime

import onnx_cases
import onnx_page
import onnx_tables as tables
from report import Report

BOUND = 1e-5
TIE = 1e-6
# The models that cannot be said in ONNX.
EXCEPTIONS = {"k_neighbors_classifier", "k_neighbors_regressor"}
MAKERS = {"plain": tables.plain, "messy": tables.messy, "digits": tables.digits, "phrases": tables.phrases}


@dataclass(frozen=True)
class Case:
    data: str
    model: str
    what: str
    table: str
    target: str
    nodes: tuple
    # The key that the manifest must name as the reason for there being no model.onnx.
    exception: str | None = None
    training: tuple = ()
    hyperparameters: tuple = ()
    # Beyond so many bytes trees lie in model.onnx.data; none for as many as a trainer allows.
    onnx_bytes: int | None = None


def node(kind, config):
    return kind, json.dumps(config)


def models(catalogue):
    """Every model on both tables, classifiers with two classes and with three."""
    for spec in catalogue["models"]:
        key = spec["key"]
        targets = ("number",) if spec["problem_type"] == "regression" else ("two", "three")
        exception = key if key in EXCEPTIONS else None
        for target in targets:
            yield Case("plain", key, target, "plain", target, (), exception)
            scale = "minmax" if key == "multinomial_nb" else "standard"
            nodes = (
                node("drop_columns", {"columns": ["spelled", "answer"]}),
                node("imputation_methods", {"strategies": [{"method": "median"}, {"method": "mode"}]}),
                node("scale_numeric_features", {"default_method": scale}),
                node("one_hot_encoding", {}),
            )
            yield Case("messy", key, target, "messy", target, nodes, exception)
    for kernel in ("linear", "poly", "rbf", "sigmoid"):
        for model, target in (("svc", "three"), ("svr", "number")):
            nodes = (
                node("select_columns", {"columns": ["age", "income", "tiny", "whole"]}),
                node("imputation_methods", {"strategies": [{"method": "mean"}]}),
                node("scale_numeric_features", {}),
            )
            yield Case("messy", model, kernel, "messy", target, nodes, hyperparameters=(("kernel", kernel),))
    # Trees send missing values where they have learned to.
    for spec in catalogue["models"]:
        if spec["handles_missing"]:
            target = "number" if spec["problem_type"] == "regression" else "three"
            training = (("auto_encode", True),)
            yield Case("messy, raw", spec["key"], target, "messy", target, DROP, training=training)
            for target in ("two", "three") if target == "three" else (target,):
                yield Case("messy, tables", spec["key"], target, "messy", target, DROP, training=training, onnx_bytes=0)


DROP = (node("drop_columns", {"columns": ["spelled", "answer"]}),)
# The column has too many texts to be encoded as categories.
UNREAD = node("drop_columns", {"columns": ["spelled"]})
FILL = node("imputation_methods", {"strategies": [{"method": "mean"}, {"method": "mode"}]})


def pipelines():
    """Every node before a tree, which takes what the node leaves, and before a line through what is left once filled."""
    ready = (("auto_encode", True),)
    for key, name, config in onnx_cases.mapped():
        before = prepared(key, config)
        for model, nodes in (("decision_tree_regressor", before), ("ridge_regression", (*before, FILL))):
            yield Case(key, model, name, "messy", "number", nodes, training=ready)
    for key, config in onnx_cases.unmapped():
        nodes = prepared(key, config)
        yield Case(key, "decision_tree_regressor", "exception", "messy", "number", nodes, key, ready)
    # A text that is written in another way is an unseen category.
    spell = (
        node("cast_column_types", {"columns": ["hard"], "target_dtype": "string"}),
        node("label_encoding", {"max_unique_values": tables.TRAINED}),
    )
    yield Case("cast_column_types", "decision_tree_regressor", "every number to string", "digits", "number", spell)
    for key, name, config in onnx_cases.similarities():
        before = (node(key, config), node("drop_columns", {"columns": ["said", "heard"]}))
        for model, nodes in (("decision_tree_regressor", before), ("ridge_regression", (*before, FILL))):
            yield Case(key, model, name, "phrases", "number", nodes)
    for target in ("two", "three"):
        encode = node("target_encoding", {"columns": onnx_cases.TEXTS})
        nodes = (*DROP, encode)
        yield Case("target_encoding", "decision_tree_classifier", target, "messy", target, nodes, training=ready)
    for kind in ("class_oversampling", "class_undersampling"):
        method = {"method": "random"} if kind == "class_oversampling" else {}
        nodes = (*DROP, node(kind, method))
        yield Case(kind, "random_forest_classifier", "three", "messy", "three", nodes, training=ready)


# In every pipeline.
ALWAYS = {"dataset", "train_test_split", "train_model"}


def uncovered(catalogue, cases):
    """Types of nodes that no case has."""
    used = {kind for case in cases for kind, _ in case.nodes} | ALWAYS
    return [spec["key"] for spec in catalogue["nodes"] if spec["key"] not in used]


def prepared(key, config):
    return (node(key, config),) if "spelled" in config.get("columns", ()) else (UNREAD, node(key, config))


def spec(case, path):
    """What the `artifact` program trains."""
    others = [target for target in tables.TARGETS if target != case.target]
    chain = [
        ("dataset", {}),
        ("drop_columns", {"columns": others}),
        ("train_test_split", {"test_size": 0.2, "random_state": 7}),
        *[(kind, json.loads(config)) for kind, config in case.nodes],
        ("train_model", {"target_column": case.target} | dict(case.training)),
    ]
    nodes = [{"id": f"n{at}", "type": kind, "config": config} for at, (kind, config) in enumerate(chain)]
    edges = [{"source": a["id"], "target": b["id"]} for a, b in zip(nodes, nodes[1:])]
    return {
        "graph": {"nodes": nodes, "edges": edges},
        "node_id": nodes[-1]["id"],
        "model_type": case.model,
        "hyperparameters": dict(case.hyperparameters),
        "dataset": {
            "id": case.table,
            "uri": str(path),
            "format": "csv",
            "csv": {"delimiter": ord(","), "has_header": True, "quote": ord('"'), "null_values": []},
            "sha256": None,
        },
    }


def write(columns, path):
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(columns)
        for row in zip(*columns.values()):
            out.writerow("" if v is None else v if isinstance(v, str) else repr(float(v)) if isinstance(v, float) else v for v in row)


def train(program, cases, folder):
    """The artifacts' directories, or what failed."""
    jobs = []
    for at, case in enumerate(cases):
        job = {"spec": spec(case, folder / f"{case.table}-trained.csv"), "output": str(folder / f"artifact-{at}")}
        jobs.append(job | ({} if case.onnx_bytes is None else {"onnx_bytes": case.onnx_bytes}))
    return run_jobs(program, jobs, folder)


def run_jobs(program, jobs, folder):
    halves = [jobs[part::2] for part in range(2)]

    def run(part, jobs):
        path = folder / f"jobs-{part}.json"
        path.write_text(json.dumps(jobs))
        done = subprocess.run([program, path], capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{program} failed: {done.stderr}")
        return done.stdout.splitlines()

    with ThreadPoolExecutor() as pool:
        told = list(pool.map(run, range(2), halves))
    lines = [told[at % 2][at // 2] for at in range(len(jobs))]
    return [pathlib.Path(job["output"]) if line == "ok" else line for job, line in zip(jobs, lines)]


def by_trainctl(program, artifact, path):
    """The rows that trainctl predicts, as it writes them, and the names of their cells."""
    command = [program, "predict", "--artifact", artifact, "--input", path]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip().splitlines()[-1])
    head, *rows = csv.reader(done.stdout.splitlines())
    return head, rows


def by_onnx(artifact, manifest, columns):
    """The outputs of onnxruntime, by name."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(artifact / "model.onnx", options, providers=["CPUExecutionProvider"])
    expected = [column["name"] for column in manifest["inputs"]]
    if [known.name for known in session.get_inputs()] != expected:
        raise RuntimeError(f"its inputs are not {expected}")
    feed = {column["name"]: tensor(column["type"], columns[column["name"]]) for column in manifest["inputs"]}
    names = [known.name for known in session.get_outputs()]
    return dict(zip(names, session.run(names, feed)))


def tensor(kind, values):
    if kind == "text":
        return np.array([["" if value is None else str(value)] for value in values], dtype=object)
    truths = {"true": 1.0, "false": 0.0}
    return np.array([[np.nan if value is None else truths.get(value, value)] for value in values], dtype=float)


def judge(case, trainctl, artifact, folder):
    """The worst difference, and figures to print; a text where something failed."""
    if isinstance(artifact, str):
        return artifact
    manifest = json.loads((artifact / "manifest.json").read_text())
    named = [exception["key"] for exception in manifest.get("onnx_exceptions", [])]
    written = (artifact / "model.onnx").exists()
    if written == bool(named):
        return f"there is {'a' if written else 'no'} model.onnx, and the manifest names {named}"
    if named or case.exception:
        wanted = [case.exception] * bool(case.exception)
        if named != wanted:
            return f"the manifest names {manifest.get('onnx_exceptions')}, not {wanted}"
        return 0.0, {"exception named in the manifest": 1}
    if (artifact / "model.onnx.data").exists() != (case.onnx_bytes is not None):
        return "its trees do not lie where they should"
    head, rows = by_trainctl(trainctl, artifact, folder / f"{case.table}-predicted.csv")
    outputs = by_onnx(artifact, manifest, tables_to_predict(case.table))
    if case.target == "number":
        return compare_numbers(rows, outputs["value"])
    return compare_classes(head, rows, outputs)


PREDICTED = {}


def tables_to_predict(name):
    return PREDICTED[name]


def compare_numbers(rows, values):
    ours = np.array([float(row[1]) if row[1] else np.nan for row in rows])
    if (np.isnan(ours) != np.isnan(values)).any():
        return f"{(np.isnan(ours) != np.isnan(values)).sum()} rows have a prediction on one side only"
    known = ~np.isnan(ours)
    far = np.abs(ours - values)[known] / np.maximum(1.0, np.abs(ours[known]))
    return float(far.max(initial=0.0)), {"rows": len(ours), "without a prediction": int((~known).sum())}


def compare_classes(head, rows, outputs):
    scores = outputs.get("probabilities", outputs.get("scores"))
    ours = np.array([row[1] for row in rows])
    known = ours != ""
    if (known == np.isnan(scores).any(axis=1)).any():
        return f"{(known == np.isnan(scores).any(axis=1)).sum()} rows have a prediction on one side only"
    two = np.sort(scores, axis=1)[:, -2:]
    tied = known & (two[:, 1] - two[:, 0] < TIE)
    differ = known & ~tied & (ours != np.array([str(label) for label in outputs["label"]]))
    if differ.any():
        return f"{differ.sum()} of {known.sum()} labels differ, the first in row {np.argmax(differ)}"
    figures = {"rows": len(ours), "without a prediction": int((~known).sum()), "tied": int(tied.sum())}
    if "probabilities" not in outputs:
        return 0.0, figures
    by_class = np.array([[float(cell) if cell else np.nan for cell in row[2:-1]] for row in rows])
    return float(np.abs(by_class - scores)[known].max(initial=0.0)), figures


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trainctl", type=pathlib.Path, help="built if not given")
    parser.add_argument("--artifact", type=pathlib.Path, help="the program of the harness; built if not given")
    parser.add_argument("--only", default="", metavar="PATTERN", help="cases whose words match")
    parser.add_argument("--catalogue", type=pathlib.Path, default=environment.ROOT / "shared/catalog/catalog.json")
    parser.add_argument("--keep", type=pathlib.Path, help="the folder for tables and artifacts; a temporary one if not given")
    parser.add_argument("--out", type=pathlib.Path, default=environment.TARGET / "parity/onnx.json")
    arguments = parser.parse_args()
    trainctl = arguments.trainctl or environment.built("trainctl", "trainctl", release=False)
    artifact = arguments.artifact or environment.built("harness", "artifact", release=False)
    catalogue = json.loads(arguments.catalogue.read_text())
    cases = [*models(catalogue), *pipelines()]
    asked = [case for case in cases if re.search(arguments.only, f"{case.data} {case.model} {case.what}")]
    report = Report(widths=(24, 34, 26))
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.keep or pathlib.Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for name, make in MAKERS.items():
            write(tables.trained(make), folder / f"{name}-trained.csv")
            PREDICTED[name] = tables.predicted(make)
            write(PREDICTED[name], folder / f"{name}-predicted.csv")
        if not run_pages(arguments.only, trainctl, artifact, folder, report) and not asked:
            sys.exit(f"no case matches {arguments.only!r}")
        run(asked, trainctl, artifact, folder, report)
    for key in uncovered(catalogue, cases):
        report.add(key, "", "no case", np.inf, BOUND)
    sys.exit(report.finish(arguments.out))


def run_pages(pattern, trainctl, program, folder, report):
    """Holds what the lines of report.html predict against trainctl; how many cases the pattern matches."""
    cases = [(kind, model) for kind in onnx_page.TABLES for model in onnx_page.MODELS]
    cases = [case for case in cases if re.search(pattern, " ".join(["report.html", *reversed(case)]))]
    artifacts = run_jobs(program, [onnx_page.job(*case, folder) for case in cases], folder)
    for (kind, model), artifact in zip(cases, artifacts):
        result = artifact if isinstance(artifact, str) else page_agrees(kind, trainctl, artifact)
        difference, told = (np.inf, f"{kind}: {result}") if isinstance(result, str) else (result[0], kind)
        report.add("report.html", model, told, difference, BOUND)
    return len(cases)


def page_agrees(kind, trainctl, artifact):
    try:
        outputs, path = onnx_page.predicted(kind, artifact)
        head, rows = by_trainctl(trainctl, artifact, path)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    if "value" in outputs:
        return compare_numbers(rows, np.array(outputs["value"]))
    # As trainctl writes truths.
    labels = [str(label).lower() for label in outputs.pop("label")]
    return compare_classes(head, rows, {name: np.array(scores) for name, scores in outputs.items()} | {"label": labels})


def run(cases, trainctl, program, folder, report):
    artifacts = train(program, cases, folder)

    def judged(case, artifact):
        try:
            return judge(case, trainctl, artifact, folder)
        except Exception as error:
            return f"{type(error).__name__}: {error}"

    tied = 0
    with ThreadPoolExecutor(2) as pool:
        for case, result in zip(cases, pool.map(judged, cases, artifacts)):
            if isinstance(result, str):
                report.add(case.data, case.model, f"{case.what}: {result}", np.inf, BOUND)
                continue
            difference, figures = result
            tied += figures.get("tied", 0)
            told = ", ".join(f"{count} {what}" for what, count in figures.items() if count)
            report.add(case.data, case.model, case.what, difference, BOUND, why=told)
    print(f"{tied} rows have two best classes within {TIE:g} of each other and may be labelled either way")


if __name__ == "__main__":
    main()
