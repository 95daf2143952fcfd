"""Measures reading, splitting, scaling and one-hot encoding a CSV table against pandas with scikit-learn.

The table has 1,000,000 rows and 20 columns (about 200 MB): whole numbers, decimals, some missing values, four
categories and a target. Both sides run in processes of their own, in turn, so that what else the machine does meets
both alike. A side's time runs from opening the file to the finished table, without starting the program or importing
libraries; its memory is the most its process held. Prints a table, writes target/parity/pipeline_speed.json and exits
with 1 below three times the speed or above half the memory:

    cargo build --release -p ml --example pipeline_speed
    python -m pip install -r tools/harness/parity/pipeline_speed.txt
    python tools/harness/parity/pipeline_speed.py --bin target/release/examples/pipeline_speed
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
TARGET = "bought"
CATEGORIES = {
    "colour": ["red", "green", "blue", "yellow", "black", "white"],
    "country": ["AT", "BE", "CH", "DE", "ES", "FR", "IT", "NL", "PL", "PT", "SE", "UK"],
    "plan": ["free", "basic", "plus", "professional"],
    "channel": ["web", "app", "shop", "telephone", "partner"],
}
STEP_NAMES = {
    "read": "read",
    "train_test_split": "split",
    "scale_numeric_features": "scale",
    "one_hot_encoding": "one-hot",
}


def generate(path, rows):
    """Writes the table, the same one every time."""
    import numpy as np

    random = np.random.default_rng(7)
    columns = {}
    for i in range(3):
        columns[f"count_{i}"] = random.integers(0, 10_000_000, rows).astype(str)
    for i in range(12):
        texts = np.char.mod("%.6f", random.normal(1000 * i, 10 ** (i % 4), rows))
        if i % 3 == 0:
            texts[random.random(rows) < 0.02] = ""
        columns[f"measure_{i}"] = texts
    for name, values in CATEGORIES.items():
        columns[name] = np.array(values)[random.integers(0, len(values), rows)]
    columns[TARGET] = random.integers(0, 2, rows).astype(str)
    partial = path.with_suffix(".partial")
    with partial.open("w") as out:
        out.write(",".join(columns) + "\n")
        for start in range(0, rows, 50_000):
            part = [values[start : start + 50_000].tolist() for values in columns.values()]
            out.writelines(",".join(row) + "\n" for row in zip(*part))
    partial.rename(path)


def peer(path):
    """The same steps with pandas and scikit-learn, in this process."""
    import resource
    import time

    import pandas as pd
    from sklearn.model_selection import train_test_split
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    steps, began = {}, time.perf_counter()

    def done(step):
        nonlocal began
        now = time.perf_counter()
        steps[step], began = now - began, now

    table = pd.read_csv(path)
    done("read")
    features = table.drop(columns=[TARGET])
    train, test, y_train, y_test = train_test_split(features, table[TARGET], test_size=0.2, random_state=42)
    done("train_test_split")
    numbers = [name for name in features.columns if name not in CATEGORIES]
    scaler = StandardScaler()
    scaled = [scaler.fit_transform(train[numbers]), scaler.transform(test[numbers])]
    done("scale_numeric_features")
    # Sparse, as by default, and left beside the numbers: put together, both would become one dense table of doubles,
    # which takes longer and more memory.
    encoder = OneHotEncoder(handle_unknown="ignore")
    names = list(CATEGORIES)
    encoded = [encoder.fit_transform(train[names]), encoder.transform(test[names])]
    done("one_hot_encoding")
    report = {
        "wall_s": sum(steps.values()),
        "rss_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "rows": sum(len(part) for part in scaled),
        "columns": scaled[0].shape[1] + encoded[0].shape[1] + 1,
        "steps": steps,
    }
    print(json.dumps(report))


def run(command):
    environment = {k: v for k, v in os.environ.items() if k not in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode != 0:
        sys.exit(f"{command[0]} failed: {done.stderr}")
    return json.loads(done.stdout)


def summary(runs):
    figures = {key: round(statistics.median(run[key] for run in runs), 3) for key in ("wall_s", "rss_mib")}
    steps = {step: round(statistics.median(run["steps"][step] for run in runs), 3) for step in runs[0]["steps"]}
    return figures | {"steps": steps}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default=ROOT / "target/release/examples/pipeline_speed", type=pathlib.Path)
    parser.add_argument("--rows", default=1_000_000, type=int)
    parser.add_argument("--rounds", default=5, type=int)
    parser.add_argument("--peer", metavar="FILE", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peer:
        return peer(options.peer)
    folder = ROOT / "target/parity"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"pipeline_speed_{options.rows}.csv"
    if not path.exists():
        generate(path, options.rows)
    ours, theirs = [], []
    for _ in range(options.rounds):
        ours.append(run([options.bin, path, TARGET]))
        theirs.append(run([sys.executable, __file__, "--peer", str(path)]))
    if (ours[0]["rows"], ours[0]["columns"]) != (theirs[0]["rows"], theirs[0]["columns"]):
        sys.exit(f"the sides disagree on the result: {ours[0]} {theirs[0]}")
    report = {"ours": summary(ours), "peer": summary(theirs)}
    # Each round's runs met the same machine, so its ratio says more than the ratio of medians.
    pairs = list(zip(ours, theirs))
    report["ratio_wall"] = round(statistics.median(b["wall_s"] / a["wall_s"] for a, b in pairs), 3)
    report["ratio_rss"] = round(statistics.median(a["rss_mib"] / b["rss_mib"] for a, b in pairs), 3)
    print(f"{options.rows:,} rows, {path.stat().st_size / 1e6:.0f} MB, medians of {options.rounds} rounds")
    for side in ("ours", "peer"):
        told = "  ".join(f"{STEP_NAMES.get(step, step)} {took:.3f}" for step, took in report[side]["steps"].items())
        print(f"{side:<5} {report[side]['wall_s']:7.3f} s {report[side]['rss_mib']:8.0f} MiB   {told}")
    ok = report["ratio_wall"] >= 3 and report["ratio_rss"] <= 0.5
    print(f"{report['ratio_wall']:.2f} times the speed, {report['ratio_rss']:.2f} of the memory: {'ok' if ok else 'MISS'}")
    (folder / "pipeline_speed.json").write_text(json.dumps(report, indent=2) + "\n")
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
