"""Makes the golden artifacts of a version of the formats: what later versions of Trainyard must still load.

    python3 tools/harness/parity/golden.py FOLDER [--trainctl PATH] [--artifact PATH]

Trains every model, and a small tree behind every type of node, on the messy table of onnx.py, and leaves in FOLDER, which
must be new (`shared/ml/tests/artifacts/golden/vN`): `whole/`, one artifact with all its files; `NAME.tyd`, the pipelines of
the others; `table.csv`, rows to predict; `predictions.json`, by name, the pipeline's model and features and what trainctl
predicted for these rows.
"""

import environment

if __name__ == "__main__":
    environment.enter("onnx")

import argparse
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import onnx as cases
import onnx_tables as tables

ROWS = 250
PREDICTED = 40
WHOLE = "logistic_regression-messy-three"
SMALL = {"n_estimators": 3, "max_depth": 4, "max_iter": 5}


def chosen(catalogue):
    """A case by name: every model, and the first of every type of node."""
    named = {}
    for case in cases.models(catalogue):
        if case.data == "messy":
            named.setdefault(f"{case.model}-messy-{case.what}", case)
    for case in cases.pipelines():
        if case.model != "ridge_regression":
            named.setdefault(case.data, case)
    return named


def spec(case, catalogue, path):
    """What is trained, with fewer and smaller trees."""
    made = cases.spec(case, path)
    [model] = [model for model in catalogue["models"] if model["key"] == case.model]
    known = {parameter["name"] for parameter in model["parameters"]}
    grows = "max_depth" in known
    for name, value in SMALL.items():
        if grows and name in known:
            made["hyperparameters"].setdefault(name, value)
    return made


def learned(name, trained, catalogue, arguments, folder):
    """The artifact's directory."""
    jobs, output = folder / "jobs.json", folder / name.replace(" ", "-")
    # A path that says nothing of this machine.
    job = {"spec": spec(trained, catalogue, "trained.csv"), "output": str(output)}
    jobs.write_text(json.dumps([job]))
    done = subprocess.run([arguments.artifact.resolve(), jobs], cwd=folder, capture_output=True, text=True)
    if done.stdout != "ok\n":
        sys.exit(f"{name}: {done.stdout}{done.stderr}")
    return output


def first(columns, rows):
    return {name: values[:rows] for name, values in columns.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--trainctl", type=pathlib.Path, help="built if not given")
    parser.add_argument("--artifact", type=pathlib.Path, help="the program of the harness; built if not given")
    parser.add_argument("--catalogue", type=pathlib.Path, default=environment.ROOT / "shared/catalog/catalog.json")
    arguments = parser.parse_args()
    arguments.trainctl = arguments.trainctl or environment.built("trainctl", release=False)
    arguments.artifact = arguments.artifact or environment.built("artifact", release=False)
    catalogue = json.loads(arguments.catalogue.read_text())
    named = chosen(catalogue)
    missing = cases.uncovered(catalogue, named.values())
    if missing:
        sys.exit(f"no case has {', '.join(missing)}")
    arguments.folder.mkdir(parents=True)
    told = {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        cases.write(first(tables.trained(tables.messy), ROWS), folder / "trained.csv")
        cases.write(first(tables.predicted(tables.messy), PREDICTED), arguments.folder / "table.csv")
        for name, case in sorted(named.items()):
            artifact = learned(name, case, catalogue, arguments, folder)
            manifest = json.loads((artifact / "manifest.json").read_text())
            head, rows = cases.by_trainctl(arguments.trainctl, artifact, arguments.folder / "table.csv")
            told[name] = {
                "model": case.model,
                "features": manifest["features"],
                "labels": [label.removeprefix("probability_") for label in head[2:-1]],
                "predictions": [row[1] for row in rows],
                "probabilities": [[float(cell) if cell else None for cell in row[2:-1]] for row in rows],
            }
            if name == WHOLE:
                shutil.copytree(artifact, arguments.folder / "whole")
            shutil.copy(artifact / "pipeline.tyd", arguments.folder / f"{name}.tyd")
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(case)}" for name, case in told.items())
    (arguments.folder / "predictions.json").write_text("{\n" + lines + "\n}\n")
    print(f"{len(told)} pipelines in {arguments.folder}")


if __name__ == "__main__":
    main()
