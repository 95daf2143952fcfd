"""Predictions to be evaluated: plain ones, and those on which metrics are known to disagree."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class ClassCase:
    name: str
    truth: list
    classes: list
    predicted: np.ndarray
    weights: np.ndarray | None = None
    scores: bool = False
    positive: object = None


@dataclass(frozen=True)
class NumberCase:
    name: str
    truth: np.ndarray
    predicted: np.ndarray
    weights: np.ndarray | None = None


LABELS = {
    "text": lambda k: [f"class {chr(ord('a') + at)}" for at in range(k)],
    "whole numbers": lambda k: [3 * at - 4 for at in range(k)],
}


def drawn(random, rows, k, sure=1.5):
    """Codes, and probabilities that know something of them."""
    codes = random.integers(0, k, rows)
    scores = random.normal(size=(rows, k)) + sure * np.eye(k)[codes]
    return codes, scores


def shares(scores):
    p = np.exp(scores)
    return p / p.sum(axis=1, keepdims=True)


def weighted(random, rows):
    """Each case's weights: none, any, and many of zero."""
    some = random.uniform(0.1, 4.0, rows)
    yield "", None
    yield ", weighted", some
    yield ", weighted, zeros", np.where(random.uniform(size=rows) < 0.3, 0.0, np.round(some))


def classes():
    random = np.random.default_rng(7)
    for k in (2, 3, 7):
        for kind, labels in LABELS.items():
            labels = labels(k)
            rows = 400
            for suffix, weights in weighted(random, rows):
                codes, scores = drawn(random, rows, k)
                truth = [labels[code] for code in codes]
                name = f"{k} classes, {kind}{suffix}"
                yield ClassCase(name, truth, labels, shares(scores), weights)
                yield ClassCase(f"{name}, tied", truth, labels, tied(scores), weights)
                yield ClassCase(f"{name}, scores", truth, labels, scores, weights, scores=True)
    yield from odd(random)
    yield from long(random)


def tied(scores):
    p = np.round(2 * np.exp(scores)) + 1
    return p / p.sum(axis=1, keepdims=True)


def odd(random):
    labels = LABELS["text"](4)
    codes, scores = drawn(random, 300, 4)
    truth = [labels[code] for code in codes]
    for suffix, weights in weighted(random, 300):
        without = [labels[code % 3] for code in codes]
        yield ClassCase("absent in truth" + suffix, without, labels, shares(scores), weights)
        never = scores - np.array([0.0, 0.0, 50.0, 0.0])
        yield ClassCase("absent in predictions" + suffix, truth, labels, shares(never), weights)
        yield ClassCase("absent in both" + suffix, [t for t in without], labels, shares(scores - [0, 0, 0, 60.0]), weights)
        yield ClassCase("one class in truth" + suffix, [labels[1]] * 300, labels, shares(scores), weights)
        constant = np.tile([0.1, 0.4, 0.3, 0.2], (300, 1))
        yield ClassCase("constant predictions" + suffix, truth, labels, constant, weights)
        strange = [f"never seen {at % 3}" if at % 10 == 0 else label for at, label in enumerate(truth)]
        yield ClassCase("labels never seen" + suffix, strange, labels, shares(scores), weights)
        yield ClassCase("certain" + suffix, truth, labels, np.eye(4)[np.argmax(scores, axis=1)], weights)
    codes, scores = drawn(random, 300, 2)
    truth = ["yes" if code else "no" for code in codes]
    two = ["no", "yes"]
    for suffix, weights in weighted(random, 300):
        yield ClassCase("first is positive" + suffix, truth, two, shares(scores), weights, positive="no")
        yield ClassCase("all negative" + suffix, ["no"] * 300, two, shares(scores), weights)
        yield ClassCase("all positive" + suffix, ["yes"] * 300, two, shares(scores), weights)
        yield ClassCase("all the same" + suffix, truth, two, np.full((300, 2), 0.5), weights)
        edges = np.round(shares(scores), 1)
        yield ClassCase("edges of bins" + suffix, truth, two, np.column_stack([1 - edges[:, 1], edges[:, 1]]), weights)
    yield ClassCase("no weight", truth, two, shares(scores), np.zeros(300))
    only_nothing = np.where(codes == 1, 0.0, 1.0)
    yield ClassCase("a class of no weight", truth, two, shares(scores), only_nothing)
    yield ClassCase("one row", ["yes"], two, np.array([[0.25, 0.75]]))
    yield ClassCase("two rows", ["yes", "no"], two, np.array([[0.25, 0.75], [0.5, 0.5]]))


def long(random):
    """More rows than a curve has points."""
    for k in (2, 5):
        labels = LABELS["text"](k)
        for sure in (0.2, 1.0, 3.0):
            codes, scores = drawn(random, 20_000, k, sure)
            truth = [labels[code] for code in codes]
            yield ClassCase(f"20,000 rows, {k} classes, {sure}", truth, labels, shares(scores))
    codes, scores = drawn(random, 20_000, 2)
    weights = random.uniform(0.0, 2.0, 20_000)
    yield ClassCase("20,000 rows, weighted", [int(code) for code in codes], [0, 1], shares(scores), weights)


def numbers():
    random = np.random.default_rng(11)
    for suffix, weights in weighted(random, 500):
        truth = random.normal(size=500)
        predicted = truth + random.normal(size=500)
        yield NumberCase("numbers" + suffix, truth, predicted, weights)
        yield NumberCase("large numbers" + suffix, 1e9 * truth, 1e9 * predicted, weights)
        yield NumberCase("zeros in truth" + suffix, np.where(truth > 0, truth, 0.0), predicted, weights)
        yield NumberCase("ties" + suffix, np.round(truth), np.round(predicted), weights)
        yield NumberCase("constant predictions" + suffix, truth, np.full(500, 0.5), weights)
        yield NumberCase("perfect" + suffix, truth, truth, weights)
    # With weights, scikit-learn divides by what rounding makes of a variance of zero.
    yield NumberCase("constant truth", np.full(50, 3.0), random.normal(size=50))
    yield NumberCase("constant truth, perfect", np.full(50, 3.0), np.full(50, 3.0))
    yield NumberCase("constant truth and predictions", np.full(50, 3.0), np.full(50, 2.5))
    yield NumberCase("no weight", random.normal(size=50), random.normal(size=50), np.zeros(50))
    yield NumberCase("one row", np.array([2.0]), np.array([1.5]))
    yield NumberCase("two rows", np.array([2.0, 0.0]), np.array([1.5, 0.5]))
    yield NumberCase("20,000 rows", random.normal(size=20_000), random.normal(size=20_000))
