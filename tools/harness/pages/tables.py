"""Tables, graphs and models whose reports show all that a report can show."""

import csv
import math
import random

CITIES = ["Bern", "Graz", "Lyon", "Porto", "Turin"]
KINDS = ["small hatchback", "executive saloon", "estate", "van", "sports car"]


def customers(path, rows=4_000):
    """Customers who leave or stay, with holes."""
    draw = random.Random(1)
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["customer_id", "age", "monthly_charge", "tenure_months", "city", "contract", "support_calls", "churned"])
        for row in range(rows):
            age, charge = draw.gauss(45, 14), draw.lognormvariate(4, 0.4)
            tenure, calls = draw.expovariate(1 / 24), draw.randrange(9)
            contract = draw.choice(["monthly", "yearly", "two years"])
            score = 0.02 * charge - 0.06 * tenure + 0.35 * calls + {"monthly": 1.2, "yearly": -0.4, "two years": -1.5}[contract]
            left = draw.random() < 1 / (1 + math.exp(1.6 - score))
            age = "" if row % 17 == 3 else f"{age:.0f}"
            charge = "" if row % 23 == 5 else f"{charge:.2f}"
            out.writerow([row, age, charge, f"{tenure:.1f}", draw.choice(CITIES), contract, calls, "yes" if left else "no"])


def cars(path, rows=3_000):
    """Cars of five kinds, one of them rare."""
    draw = random.Random(2)
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["length_mm", "weight_kg", "power_kw", "doors", "price", "fuel", "kind"])
        for _ in range(rows):
            kind = draw.choices(range(5), [30, 25, 20, 15, 4])[0]
            length = [3_950, 4_600, 4_650, 4_950, 4_300][kind] + draw.gauss(0, 190)
            weight = [1_150, 1_480, 1_560, 1_950, 1_400][kind] + draw.gauss(0, 140)
            power = [70, 115, 110, 100, 260][kind] * draw.lognormvariate(0, 0.25)
            doors = [draw.choice([3, 5]), 4, 5, 5, 2][kind]
            price = 90 * power + 9 * weight + draw.gauss(0, 2_500)
            out.writerow([f"{length:.0f}", f"{weight:.0f}", f"{power:.1f}", doors, f"{price:.0f}", draw.choice(["petrol", "diesel", "electric"]), KINDS[kind]])


def flats(path, rows=2_500):
    """Flats and their rents."""
    draw = random.Random(3)
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["area_m2", "rooms", "floor", "built", "balcony", "city", "distance_to_centre_km", "rent"])
        for _ in range(rows):
            area, floor, built = draw.lognormvariate(4.2, 0.35), draw.randrange(9), draw.randrange(1900, 2024)
            city, distance, balcony = draw.choice(CITIES), draw.expovariate(1 / 4), draw.random() < 0.4
            rent = 9 * area + 12 * floor + 1.2 * (built - 1950) - 28 * distance + 90 * balcony + 60 * CITIES.index(city) + draw.gauss(250, 90)
            out.writerow([f"{area:.1f}", max(1, round(area / 24)), floor, built, str(balcony).lower(), city, f"{distance:.2f}", f"{rent:.2f}"])


def claims(path, rows=2_000):
    """Claims on an insurance: none in most years, and great sums in others."""
    draw = random.Random(4)
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["insured", "region", "claimed"])
        for _ in range(rows):
            insured, region = draw.lognormvariate(23, 0.6), draw.choice(CITIES)
            claimed = 0 if draw.random() < 0.6 else 0.4 * insured * draw.random()
            out.writerow([f"{insured:.0f}", region, f"{claimed:.0f}"])


def node(name, kind, **config):
    return {"id": name, "type": kind, "config": config}


def chained(*nodes):
    return {"nodes": list(nodes), "edges": [{"source": a["id"], "target": b["id"]} for a, b in zip(nodes, nodes[1:])]}


def churn():
    graph = chained(
        node("customers", "dataset"),
        node("without_id", "drop_columns", columns=["customer_id"]),
        node("split", "train_test_split", test_size=0.25, stratify=True),
    )
    graph["nodes"] += [
        node("fill", "imputation_methods", strategies=[{"method": "median"}]),
        node("scale", "scale_numeric_features", columns=["age", "monthly_charge", "tenure_months", "support_calls"]),
        node("encode", "one_hot_encoding", columns=["city", "contract"]),
        node("train", "train_model", target_column="churned", cv_enabled=True),
    ]
    ends = [("split", "fill"), ("fill", "scale"), ("scale", "train"), ("split", "encode"), ("encode", "train")]
    graph["edges"] += [{"source": source, "target": target} for source, target in ends]
    return graph


def kinds():
    return chained(
        node("cars", "dataset"),
        node("split", "train_test_split", test_size=0.3, validation_size=0.1),
        node("encode", "one_hot_encoding", columns=["fuel"]),
        node("train", "train_model", target_column="kind", cv_enabled=True),
    )


def rents():
    return chained(
        node("flats", "dataset"),
        node("split", "train_test_split", test_size=0.2, validation_size=0.1),
        node("area", "skewness_transform", transformations=[{"column": "area_m2", "method": "log"}]),
        node("scale", "scale_numeric_features", columns=["area_m2", "distance_to_centre_km", "built"]),
        node("encode", "one_hot_encoding", columns=["city"]),
        node("train", "train_model", target_column="rent", cv_enabled=True),
    )


def claimed():
    return chained(
        node("claims", "dataset"),
        node("split", "train_test_split", test_size=0.2, validation_size=0.1),
        node("encode", "one_hot_encoding", columns=["region"]),
        node("train", "train_model", target_column="claimed", problem_type="regression", cv_enabled=True),
    )


def unsplit():
    return chained(
        node("flats", "dataset"),
        node("encode", "hash_encoding", columns=["city"], n_buckets=16),
        node("train", "train_model", target_column="rent"),
    )


# Of each report: the table, the graph, the model and its hyperparameters.
REPORTS = {
    "binary": (customers, churn, "logistic_regression", {}),
    "classes": (cars, kinds, "random_forest_classifier", {"n_estimators": 100}),
    "regression": (flats, rents, "ridge_regression", {}),
    "boosting": (flats, rents, "hist_gradient_boosting_regressor", {}),
    "great": (claims, claimed, "ridge_regression", {}),
    "in-sample": (flats, unsplit, "k_neighbors_regressor", {}),
}


def job(name, folder):
    """What the program `artifact` is to train."""
    write, graph, model, hyperparameters = REPORTS[name]
    table = folder / f"{write.__name__}.csv"
    if not table.exists():
        write(table)
    csv_options = {"delimiter": ord(","), "has_header": True, "quote": ord('"'), "null_values": []}
    dataset = {"id": write.__name__, "uri": str(table), "format": "csv", "csv": csv_options, "sha256": None}
    spec = {"graph": graph(), "node_id": "train", "model_type": model, "hyperparameters": hyperparameters, "dataset": dataset}
    return {"spec": spec, "output": str(folder / name)}
