"""Races Trainyard's learners against scikit-learn's and LightGBM's on the same arrays and the same machine.

    python3 tools/harness/parity/learners.py [--only PATTERN] [--rounds N] [--seeds N]

makes a Python environment of its own and a release build where they are missing. Every fit runs in a process of its own,
so that its peak memory is its own. Rounds are interleaved: ours, then each of the others, then again; times are medians
over the rounds, qualities means over the seeds (round r fits with random_state r). scikit-learn runs with its defaults
and with one thread, forests on all cores, and its better figure counts. Ratios are theirs over ours: above 1 is better
for us. Prints a table, writes target/parity/learners.json, and ends with 1 if a row misses what is wanted.
"""

import environment

if __name__ == "__main__":
    environment.enter("learners")

import argparse
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

import numpy as np
from sklearn import metrics

import learners_table
from contest import CASES
from learners_data import table

HERE = pathlib.Path(__file__).resolve().parent
# What is faster than this is repeated within its process, and the median counts.
REPEAT_S = 0.5
LEFT_OUT = "skipped: there is no such model yet"


class Arrays:
    """A data set's arrays as files, made once."""

    def __init__(self, folder):
        self.folder, self.name = folder, None

    def of(self, name, test_rows):
        if self.name != name:
            self.parts = table(name)
            self.name = name
            train_x, _, train_y, _ = self.parts
            # Each side gets the order it computes in, so that neither has to copy.
            self.save("train_x", np.ascontiguousarray(train_x))
            self.save("train_x_columns", np.asfortranarray(train_x))
            self.save("train_y", train_y.astype(float))
        test_x = self.parts[1][:test_rows]
        self.save("test_x", np.ascontiguousarray(test_x))
        self.save("test_x_columns", np.asfortranarray(test_x))
        return self.parts[3][:test_rows]

    def save(self, name, array):
        np.save(self.path(name), array)

    def path(self, name):
        return str(self.folder / f"{name}.npy")

    def job(self, order):
        return {
            "train_x": self.path("train_x" + order),
            "train_y": self.path("train_y"),
            "test_x": self.path("test_x" + order),
            "predictions": self.path("predictions"),
            "repeat_s": REPEAT_S,
        }


class Runner:
    """Runs one fit in a process of its own."""

    def __init__(self, program, arrays):
        self.program, self.arrays = program, arrays

    def ours(self, case, seed):
        parameters = case.ours | ({"random_state": seed} if case.seeded else {})
        job = self.arrays.job("_columns") | {"model": case.model, "hyperparameters": parameters, "threads": os.cpu_count()}
        return self.run([self.program], job, {})

    def peer(self, case, peer, seed):
        parameters = peer.parameters | ({"random_state": seed} if case.seeded else {})
        job = self.arrays.job("") | {"estimator": peer.estimator, "parameters": parameters}
        return self.run([sys.executable, HERE / "learners_peer.py"], job, peer.environment)

    def run(self, command, job, more):
        path = self.arrays.folder / "job.json"
        path.write_text(json.dumps(job))
        done = subprocess.run([*command, path], capture_output=True, text=True, env=os.environ | more)
        if done.returncode != 0:
            return {"error": done.stderr.strip().splitlines()[-1:] or ["it died"]}
        answer = json.loads(done.stdout)
        return answer | {"predicted": np.load(self.arrays.path("predictions"))}


def quality(case, y, predicted):
    """The figure that has to be equal, and the loss that has to be: accuracy or R², and Brier score, log-loss or RMSE."""
    if case.regression:
        predicted = predicted.ravel()
        return metrics.r2_score(y, predicted), metrics.root_mean_squared_error(y, predicted)
    accuracy = metrics.accuracy_score(y, predicted.argmax(axis=1))
    if case.loss == "brier":
        truth = np.eye(predicted.shape[1])[y.astype(int)]
        return accuracy, float(np.mean(np.sum((predicted - truth) ** 2, axis=1)) / (2 if predicted.shape[1] == 2 else 1))
    if case.loss == "log_loss":
        return accuracy, metrics.log_loss(y, predicted, labels=np.arange(predicted.shape[1]))
    return accuracy, None


class Figures:
    """What one side did over the rounds."""

    def __init__(self):
        self.fit, self.predict, self.rss, self.row, self.quality, self.loss, self.data = [], [], [], [], [], [], []
        self.warnings, self.error = [], None

    def add(self, answer, case, y, timed=True):
        if "error" in answer:
            self.error = " ".join(answer["error"])
            return
        value, loss = quality(case, y, answer["predicted"])
        self.quality.append(value)
        if loss is not None:
            self.loss.append(loss)
        self.warnings = answer["warnings"]
        if timed:
            self.fit.append(statistics.median(answer["fit_s"]))
            self.predict.append(statistics.median(answer["predict_s"]))
            self.rss.append(answer["rss_mib"])
            self.row.append(answer["row_us"])
            self.data.append(answer["data_mib"])

    def told(self, case):
        told = {
            "fit_s": statistics.median(self.fit),
            "predict_s": statistics.median(self.predict),
            "quality": statistics.mean(self.quality),
            "rss_mib": statistics.median(self.rss),
            "rss_above_data_mib": statistics.median(np.subtract(self.rss, self.data)),
            "row_us": statistics.median(self.row),
            "warnings": self.warnings,
        }
        return told | ({case.loss: statistics.mean(self.loss)} if self.loss else {})


def best(sides, case):
    """The better of each figure of one peer's settings."""
    told = [side.told(case) for side in sides]
    least = {key: min(one[key] for one in told) for key in ("fit_s", "predict_s", "rss_mib", "rss_above_data_mib", "row_us")}
    return told[0] | least


def race(runner, case, y, rounds, seeds):
    """The rows of one case, one for each peer."""
    ours, theirs = Figures(), {peer: Figures() for peer in case.peers}
    for seed in range(max(rounds, seeds if case.seeded else 0)):
        timed = seed < rounds
        ours.add(runner.ours(case, seed), case, y, timed)
        for peer in case.peers:
            if timed or not peer.environment:
                theirs[peer].add(runner.peer(case, peer, seed), case, y, timed)
        if ours.error:
            break
    row = {"data": case.data, "model": case.model, "setting": case.setting}
    if ours.error:
        return [row | {"status": f"failed: {ours.error}"}]
    mine = ours.told(case)
    if not case.peers:
        missed = misses(case, mine)
        return [row | {"status": "measured", "ours": mine, "peer": None, "missed": missed, "met": not missed}]
    rows = []
    for name in dict.fromkeys(peer.name for peer in case.peers):
        sides = [theirs[peer] for peer in case.peers if peer.name == name]
        if any(side.error for side in sides):
            rows.append(row | {"status": f"failed: {name}: {sides[0].error}", "ours": mine, "peer": name})
            continue
        rows.append(compared(row, case, name, mine, best(sides, case)))
    return rows


def misses(case, ours):
    """What our figures lack by themselves."""
    bounds = [("a row takes too long", ours["row_us"], case.most_row_us), ("memory", ours["rss_above_data_mib"], case.most_above_data_mib)]
    found = [what for what, figure, most in bounds if most is not None and figure > most]
    return found + ["does not converge"] * bool(case.converges and ours["warnings"])


def compared(row, case, name, ours, theirs):
    ratios = {
        "ratio_fit": theirs["fit_s"] / ours["fit_s"],
        "ratio_predict": theirs["predict_s"] / ours["predict_s"],
        "ratio_rss": theirs["rss_mib"] / ours["rss_mib"],
    }
    # A search that was cut short is no measure of quality.
    comparable = not (case.converges and theirs["warnings"])
    equal = not comparable or ours["quality"] >= theirs["quality"] - 0.005
    if comparable and case.loss in ours and case.loss in theirs:
        equal = equal and ours[case.loss] <= 1.01 * theirs[case.loss]
    target = case.targets.get(name)
    asked = [(case.by, ratios[f"ratio_{case.by}"], target), ("predict", ratios["ratio_predict"], case.predict), ("memory", ratios["ratio_rss"], 2.0)]
    missed = [what for what, ratio, least in asked if least is not None and ratio < least]
    missed += ["quality"] * (not equal) + ["theirs converges"] * bool(case.converges and comparable) + misses(case, ours)
    verdict = {"target": target, "judged_by": case.by, "equal_quality": bool(equal), "missed": missed, "met": not missed}
    return row | {"status": "measured", "ours": ours, "peer": name, "peer_figures": theirs} | ratios | verdict


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", metavar="PATTERN", help="cases whose data, model, setting or peer match")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="timed rounds")
    parser.add_argument("--seeds", type=int, default=5, metavar="N", help="seeds of randomised models, for quality")
    parser.add_argument("--bin", type=pathlib.Path, help="the harness's learners program; built if not given")
    parser.add_argument("--out", type=pathlib.Path, default=environment.TARGET / "parity/learners.json")
    parser.add_argument("--document", type=pathlib.Path, help="a Markdown file whose table is replaced, docs/BENCHMARKS.md")
    arguments = parser.parse_args()
    program = arguments.bin or environment.built("learners")
    known = json.loads(subprocess.run([program, "--models"], capture_output=True, text=True, check=True).stdout)
    rows = []
    print(learners_table.HEAD)
    with tempfile.TemporaryDirectory() as folder:
        arrays = Arrays(pathlib.Path(folder))
        runner = Runner(program, arrays)
        for case in CASES:
            if not re.search(arguments.only, case.label(), re.IGNORECASE):
                continue
            if case.model in known:
                found = race(runner, case, arrays.of(case.data, case.test_rows), arguments.rounds, arguments.seeds)
            else:
                found = [{"data": case.data, "model": case.model, "setting": case.setting, "status": LEFT_OUT}]
            rows += found
            for row in found:
                print(learners_table.shown(row, case), flush=True)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(json.dumps(rows, indent=1) + "\n")
    print(f"ours/theirs in each pair; details in {arguments.out}")
    if arguments.document:
        learners_table.replace(arguments.document, rows, arguments.rounds)
    sys.exit(any(not row.get("met") for row in rows))


if __name__ == "__main__":
    main()
