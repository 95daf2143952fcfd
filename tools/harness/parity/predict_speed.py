"""Measures `trainctl predict` on tables of 1,000,000 rows and 20 columns: a forest of 200 trees of depth 10.

    python3 tools/harness/parity/predict_speed.py [--trainctl PATH] [--artifact PATH] [--rounds N]

needs nothing but Python; the programs are built where they are not named. A round predicts each table once, in a process
of its own; its time runs from the start of the process to its end, loading the model and writing the file included, and
its memory is the most it held. So that the memory can be seen not to grow with the table, a fifth of it is predicted too.
Prints medians, writes target/parity/predict_speed.json and exits with 1 below 200,000 rows a second for Parquet, or where
the whole table takes more than 32 MiB above what its fifth does.
"""

import argparse
import json
import os
import pathlib
import random
import statistics
import subprocess
import sys
import time

import environment

ROWS, PART, TRAINING, FEATURES = 1_000_000, 200_000, 50_000, 20
WANTED_ROWS_PER_S, ALLOWED_MIB = 200_000, 32
FOREST = {"n_estimators": 200, "max_depth": 10}
FOLDER = environment.TARGET / "parity/predict_speed"
# Input and output.
CASES = [("parquet", "parquet"), ("parquet", "csv"), ("csv", "csv"), ("ndjson", "ndjson")]
NODES = [
    {"id": "data", "type": "dataset", "config": {"dataset_source_id": "table"}},
    {"id": "train", "type": "train_model", "config": {"target_column": "y"}},
]


def write_tables():
    """The tables as CSV and NDJSON, the same ones every time, and a smaller one to train on."""
    draw = random.Random(7)
    names = [f"x{at}" for at in range(FEATURES)]

    def row():
        cells = [draw.gauss(0, 1) for _ in names]
        score = cells[0] * cells[1] + abs(cells[2]) + cells[3] + draw.gauss(0, 0.5)
        return [f"{cell:.6f}" for cell in cells], int(score > 0.8)

    header = ",".join([*names, "y"]) + "\n"
    with (FOLDER / "training.csv").open("w") as out:
        out.write(header)
        for cells, label in (row() for _ in range(TRAINING)):
            out.write(",".join(cells) + f",{label}\n")
    files = {(form, rows): (FOLDER / f"{rows}.{form}").open("w") for form in ("csv", "ndjson") for rows in (ROWS, PART)}
    for (form, _), out in files.items():
        if form == "csv":
            out.write(header)
    for at in range(ROWS):
        cells, label = row()
        csv = ",".join(cells) + f",{label}\n"
        ndjson = "{" + "".join(f'"{name}":{cell},' for name, cell in zip(names, cells)) + f'"y":{label}' + "}\n"
        for (form, rows), out in files.items():
            if at < rows:
                out.write(csv if form == "csv" else ndjson)
    for out in files.values():
        out.close()


def prepare(trainctl, artifact):
    """Makes the tables and the model, where they are not there yet."""
    model = FOLDER / "model"
    if (model / "manifest.json").exists():
        return model
    FOLDER.mkdir(parents=True, exist_ok=True)
    print("making the tables", file=sys.stderr)
    write_tables()
    graph = FOLDER / "graph.json"
    graph.write_text(json.dumps({"node_id": "data", "graph": {"nodes": NODES[:1], "edges": []}}))
    for rows in (ROWS, PART):
        table, to = FOLDER / f"{rows}.csv", FOLDER / f"{rows}.parquet"
        command = [trainctl, "transform", graph, "--input", table, "--output", to]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    spec = {
        "graph": {"nodes": NODES, "edges": [{"source": "data", "target": "train"}]},
        "node_id": "train",
        "model_type": "random_forest_classifier",
        "hyperparameters": FOREST,
        "dataset": {"id": "table", "uri": str(FOLDER / "training.csv"), "format": "csv", "csv": None},
    }
    spec["dataset"]["csv"] = {"delimiter": ord(","), "has_header": True, "quote": ord('"'), "null_values": []}
    jobs = FOLDER / "jobs.json"
    jobs.write_text(json.dumps([{"spec": spec, "output": str(model)}]))
    told = subprocess.run([artifact, jobs], check=True, capture_output=True, text=True).stdout.strip()
    if told != "ok":
        sys.exit(f"the forest could not be trained: {told}")
    return model


def predict(trainctl, model, table, to):
    """The seconds and the MiB that a prediction takes."""
    to.unlink(missing_ok=True)
    command = [trainctl, "predict", "--artifact", model, "--input", table, "--output", to]
    began = time.perf_counter()
    child = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - began
    if status != 0:
        sys.exit(f"{table} could not be predicted")
    return seconds, usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trainctl", type=pathlib.Path)
    parser.add_argument("--artifact", type=pathlib.Path, help="the program that trains")
    parser.add_argument("--rounds", default=3, type=int)
    options = parser.parse_args()
    trainctl = options.trainctl or environment.built("trainctl")
    model = prepare(trainctl, options.artifact or environment.built("artifact"))
    runs = {}
    for _ in range(options.rounds):
        for case in CASES:
            for rows in (ROWS, PART):
                source, to = case
                run = predict(trainctl, model, FOLDER / f"{rows}.{source}", FOLDER / f"out.{to}")
                runs.setdefault((case, rows), []).append(run)
    missed, report = [], []
    print("| input | output | s | rows/s | MiB | MiB for a fifth of the rows |\n|---|---|---|---|---|---|")
    for case in CASES:
        seconds, mib = (statistics.median(run[at] for run in runs[case, ROWS]) for at in (0, 1))
        part_mib = statistics.median(run[1] for run in runs[case, PART])
        rate = ROWS / seconds
        print(f"| {case[0]} | {case[1]} | {seconds:.2f} | {rate:,.0f} | {mib:.0f} | {part_mib:.0f} |")
        report.append({"case": case, "seconds": seconds, "rows_per_s": rate, "mib": mib, "part_mib": part_mib})
        if case[0] == "parquet" and rate < WANTED_ROWS_PER_S:
            missed.append(f"{case}: {rate:,.0f} rows/s")
        if mib > part_mib + ALLOWED_MIB:
            missed.append(f"{case}: {mib:.0f} MiB, {part_mib:.0f} for a fifth of the rows")
    (environment.TARGET / "parity/predict_speed.json").write_text(json.dumps(report, indent=1) + "\n")
    for miss in missed:
        print(f"missed: {miss}", file=sys.stderr)
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
