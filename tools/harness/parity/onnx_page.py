"""The lines of Python that report.html shows, run as they stand in it, on tables that pandas would misread by itself."""

import csv
import html
import json
import random
import re
import shutil
import subprocess
import sys

import pyarrow
import pyarrow.parquet

ROWS = 600
NULLS = ["NA", "N/A", "NaN", "nan", "null", "NULL", "None", "?"]
USUAL = {"delimiter": ord(","), "has_header": True, "quote": ord('"'), "null_values": NULLS}
ODD = {"delimiter": ord(";"), "has_header": False, "quote": ord("'"), "null_values": ["None", "-1", "n/k (?)"]}
# Of each table: the ending of its file, and how it is read if it is a CSV file.
TABLES = {
    "csv": ("csv", USUAL),
    "odd csv": ("csv", ODD),
    "ndjson": ("ndjson", USUAL),
    "parquet": ("parquet", USUAL),
}
MODELS = ("decision_tree_classifier", "random_forest_classifier", "linear_svc", "decision_tree_regressor")
# Those that the inference of types, or the words that are missing in pandas, would change.
CODES = ["01067", "1067", "12", "12.0", "1e3", "1000"]
WORDS = ["None", "?", "NA", "n/k (?)", "-1", "O'Hare; \"IL\"", " padded", "padded", "true", "#N/A", ""]


def table(seed):
    """Columns by name, the last the target; None where a value is missing."""
    draw = random.Random(seed)

    def holed(value):
        return None if draw.random() < 0.1 else value

    rows = []
    for _ in range(ROWS):
        code, word, member = draw.choice(CODES), draw.choice(WORDS), draw.random() < 0.5
        number, count = draw.gauss(0, 1), draw.randrange(9)
        score = CODES.index(code) + WORDS.index(word) + 3 * member + number + count
        rows.append([holed(code), holed(word), holed(member), holed(number), holed(count), score > 13, score])
    names = ["code", "word", "member", "number", "count", "high", "score"]
    return dict(zip(names, map(list, zip(*rows))))


def write(columns, kind, path):
    """Writes the columns, to CSV with the missing cells and the truths in several forms."""
    ending, options = TABLES[kind]
    if ending == "parquet":
        pyarrow.parquet.write_table(pyarrow.table(columns), path)
        return
    rows = list(zip(*columns.values()))
    if ending == "ndjson":
        path.write_text("".join(json.dumps(dict(zip(columns, row))) + "\n" for row in rows))
        return
    missing = ["", "  ", *options["null_values"], *(f" {null} " for null in options["null_values"])]
    draw = random.Random(3)

    def spelled(value):
        if value is None:
            return draw.choice(missing)
        return draw.choice([str(value), str(value).lower(), str(value).upper()]) if isinstance(value, bool) else value

    with path.open("w", newline="") as file:
        out = csv.writer(file, delimiter=chr(options["delimiter"]), quotechar=chr(options["quote"]))
        if options["has_header"]:
            out.writerow(columns)
        out.writerows([spelled(value) for value in row] for row in rows)


def job(kind, model, folder):
    """What the `artifact` program trains."""
    ending, options = TABLES[kind]
    path = folder / f"page-{kind}.{ending}"
    if not path.exists():
        write(table(1), kind, path)
    names = list(table(1))
    if not options["has_header"]:
        names = [f"column_{at + 1}" for at in range(len(names))]
    target, other = reversed(names[-2:]) if model.endswith("regressor") else names[-2:]
    fill = [{"method": "median"}, {"method": "mode"}]
    chain = [
        ("dataset", {}),
        ("drop_columns", {"columns": [other]}),
        ("train_test_split", {}),
        *([("imputation_methods", {"strategies": fill})] if model == "linear_svc" else []),
        ("train_model", {"target_column": target, "auto_encode": True}),
    ]
    nodes = [{"id": f"n{at}", "type": kind, "config": config} for at, (kind, config) in enumerate(chain)]
    dataset = {"id": "page", "uri": str(path), "format": ending, "csv": options, "sha256": None}
    spec = {
        "graph": {"nodes": nodes, "edges": [{"source": a["id"], "target": b["id"]} for a, b in zip(nodes, nodes[1:])]},
        "node_id": nodes[-1]["id"],
        "model_type": model,
        "hyperparameters": {},
        "dataset": dataset,
    }
    job = {"spec": spec, "output": str(folder / f"page-{kind}-{model}")}
    # Trees in a file of their own: the lines name model.onnx alone.
    return job | ({"onnx_bytes": 0} if model == "random_forest_classifier" else {})


def shown(report):
    """The lines of Python in a report."""
    return html.unescape(re.search(r"In Python.*?<pre>(.*?)</pre>", report.read_text(), re.DOTALL)[1])


def predicted(kind, artifact):
    """The outputs by name of the lines, run where they say: beside the model and the rows; and the rows' path."""
    lines = shown(artifact / "report.html")
    folder = artifact.with_name(f"{artifact.name}-run")
    folder.mkdir(exist_ok=True)
    for file in artifact.glob("model.onnx*"):
        shutil.copy(file, folder)
    rows = folder / f"rows.{TABLES[kind][0]}"
    write(table(2), kind, rows)
    names = lines.splitlines()[-1].split(" = ")[0].strip(",").split(", ")
    told = f"import json\nprint(json.dumps([{', '.join(f'{name}.tolist()' for name in names)}]))\n"
    done = subprocess.run([sys.executable, "-W", "error", "-c", f"{lines}\n{told}"], cwd=folder, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip().splitlines()[-1])
    return dict(zip(names, json.loads(done.stdout))), rows
