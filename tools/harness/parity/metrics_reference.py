"""What scikit-learn and numpy say of predictions, in the words of evaluation.json. What is undefined is left out."""

import math
import warnings

import numpy as np
from sklearn import calibration, metrics

BINS = 10
# scikit-learn warns of classes without rows, which is what some cases are about.
warnings.simplefilter("ignore")


def defined(figures):
    return {name: float(value) for name, value in figures.items() if value is not None and math.isfinite(value)}


class Classes:
    """A classifier's predictions: the labels of rows, the classes in the order of the columns, probabilities or scores."""

    def __init__(self, truth, classes, predicted, scores, positive, weights):
        self.truth, self.classes = np.asarray(truth), np.asarray(classes)
        self.weights = np.ones(len(truth)) if weights is None else weights
        self.columns, self.scores = predicted, scores
        self.named = self.classes[np.argmax(predicted, axis=1)] if len(truth) else self.truth
        self.unseen = [label for label in dict.fromkeys(truth) if label not in classes]
        self.labels = list(classes) + self.unseen
        self.positive = classes[1] if positive is None else positive
        # Only rows whose label the model knows have a part in what is said of probabilities.
        self.known = np.isin(self.truth, self.classes)
        self.weighs = self.weights.sum() > 0

    def metrics(self):
        if not self.weighs:
            return {}
        truth, named, w = self.truth, self.named, self.weights
        label_of = {"labels": [label for label in self.labels if label in truth or label in named]}
        found = {
            "accuracy": metrics.accuracy_score(truth, named, sample_weight=w),
            "balanced_accuracy": metrics.balanced_accuracy_score(truth, named, sample_weight=w),
            "matthews_corrcoef": metrics.matthews_corrcoef(truth, named, sample_weight=w),
        }
        scores = {"precision": metrics.precision_score, "recall": metrics.recall_score, "f1": metrics.f1_score}
        for name, score in scores.items():
            options = {"sample_weight": w, "zero_division": 0}
            for average in ("weighted", "macro"):
                found[f"{name}_{average}"] = score(truth, named, average=average, **label_of, **options)
            if len(self.classes) == 2:
                found[name] = score(truth == self.positive, named == self.positive, **options)
        present = [label for label in self.labels if w[truth == label].sum() > 0]
        recalls = metrics.recall_score(truth, named, average=None, labels=present, sample_weight=w)
        found["g_score"] = np.prod(recalls) ** (1 / len(present))
        return defined(found | self.ranking())

    def ranking(self):
        """The metrics of probabilities."""
        known, w = self.known, self.weights[self.known]
        if w.sum() == 0:
            return {}
        columns, each = self.columns[known], self.truth[known][:, None] == self.classes
        found = {}
        if not self.scores:
            codes = np.argmax(each, axis=1)
            found["log_loss"] = metrics.log_loss(codes, columns, sample_weight=w, labels=range(len(self.classes)))
        if len(self.classes) == 2:
            at = list(self.classes).index(self.positive)
            return found | {"roc_auc": self.roc_auc(at), "pr_auc": self.pr_auc(at)}
        options = {"average": "weighted", "sample_weight": w}
        found["roc_auc_weighted"] = metrics.roc_auc_score(each, columns, **options)
        found["pr_auc_weighted"] = metrics.average_precision_score(each, columns, **options)
        return found

    def binary(self, at):
        """Whether each known row is of a class, its score, its weight."""
        return self.truth[self.known] == self.classes[at], self.columns[self.known, at], self.weights[self.known]

    def has(self, at):
        """Whether rows that count are of a class, and whether others are."""
        is_it, _, w = self.binary(at)
        return w[is_it].sum() > 0, w[~is_it].sum() > 0

    def roc_auc(self, at):
        is_it, score, w = self.binary(at)
        return metrics.roc_auc_score(is_it, score, sample_weight=w) if all(self.has(at)) else None

    def pr_auc(self, at):
        is_it, score, w = self.binary(at)
        return metrics.average_precision_score(is_it, score, sample_weight=w) if self.has(at)[0] else None

    def table(self):
        """Each class's row, in order."""
        if not self.weighs:
            # scikit-learn refuses such weights.
            return [dict.fromkeys(("support", "predicted", "precision", "recall", "f1"), 0.0)] * len(self.labels)
        rows = []
        for at, label in enumerate(self.labels):
            is_it, is_named, w = self.truth == label, self.named == label, self.weights
            options = {"sample_weight": w, "zero_division": 0}
            seen = at < len(self.classes)
            row = {
                "support": w[is_it].sum(),
                "predicted": w[is_named].sum(),
                "precision": metrics.precision_score(is_it, is_named, **options),
                "recall": metrics.recall_score(is_it, is_named, **options),
                "f1": metrics.f1_score(is_it, is_named, **options),
                "specificity": metrics.recall_score(~is_it, ~is_named, **options) if w[~is_it].sum() > 0 else None,
                "roc_auc": self.roc_auc(at) if seen else None,
                "pr_auc": self.pr_auc(at) if seen else None,
            }
            rows.append(defined(row))
        return rows

    def confusion(self):
        if not self.weighs:
            return np.zeros((len(self.labels), len(self.labels)))
        return metrics.confusion_matrix(self.truth, self.named, labels=self.labels, sample_weight=self.weights)

    def roc(self, at):
        """The points of the whole ROC curve."""
        is_it, score, w = self.binary(at)
        false, true, thresholds = metrics.roc_curve(is_it, score, sample_weight=w, drop_intermediate=False)
        return false, true, thresholds

    def precision_recall(self, at):
        """The points of the whole precision-recall curve, from no rows to all."""
        is_it, score, w = self.binary(at)
        precision, recall, thresholds = metrics.precision_recall_curve(is_it, score, sample_weight=w)
        return recall[::-1], precision[::-1], np.append(np.inf, thresholds[::-1])

    def calibration(self, at):
        is_it, probability, w = self.binary(at)
        if w.sum() == 0:
            return None
        brier = metrics.brier_score_loss(is_it.astype(int), probability, sample_weight=w, pos_label=1)
        return calibrated(is_it, probability, w, brier)

    def calibration_of_predicted(self):
        columns, w = self.columns[self.known], self.weights[self.known]
        if w.sum() == 0:
            return None
        codes = np.argmax(self.truth[self.known][:, None] == self.classes, axis=1)
        # Of two classes the probability of the second is asked for.
        said = columns[:, 1] if len(self.classes) == 2 else columns
        labels = np.arange(len(self.classes))
        options = {"labels": labels} | ({"pos_label": 1} if len(labels) == 2 else {})
        brier = metrics.brier_score_loss(codes, said, sample_weight=w, **options)
        return calibrated(np.argmax(columns, axis=1) == codes, columns.max(axis=1), w, brier)


def calibrated(came_true, probability, w, brier):
    counts = w > 0
    came_true, probability, w = came_true[counts], probability[counts], w[counts]
    edges = np.linspace(0.0, 1.0, BINS + 1)
    bins = np.searchsorted(edges[1:-1], probability)
    support = np.bincount(bins, w, BINS)
    filled = support > 0
    mean = np.bincount(bins, w * probability, BINS)[filled] / support[filled]
    fraction = np.bincount(bins, w * came_true, BINS)[filled] / support[filled]
    if (w == 1).all() and len(set(came_true)) == 2:
        # scikit-learn's has no weights, and wants both outcomes.
        theirs = calibration.calibration_curve(came_true, probability, n_bins=BINS)
        assert np.allclose(theirs, (fraction, mean), rtol=0, atol=1e-12)
    return {
        "brier_score": brier,
        "expected_calibration_error": (support[filled] * abs(mean - fraction)).sum() / w.sum(),
        "lower": edges[:-1][filled],
        "upper": edges[1:][filled],
        "support": support[filled],
        "mean_predicted": mean,
        "fraction_true": fraction,
    }


def of_numbers(truth, predicted, w):
    """The metrics of a regressor."""
    if not len(truth):
        return {}
    found = {"max_error": metrics.max_error(truth, predicted)}
    if w is None or w.sum() > 0:
        scores = {
            "mae": metrics.mean_absolute_error,
            "mse": metrics.mean_squared_error,
            "rmse": metrics.root_mean_squared_error,
            "r2": metrics.r2_score,
            "mape": metrics.mean_absolute_percentage_error,
            "explained_variance": metrics.explained_variance_score,
        }
        found |= {name: score(truth, predicted, sample_weight=w) for name, score in scores.items()}
    return defined(found)


def residuals(truth, predicted, w, shares, bins):
    w = np.ones(len(truth)) if w is None else w
    left, w = (truth - predicted)[w > 0], w[w > 0]
    if not len(left):
        return None
    mean = np.average(left, weights=w)
    support, edges = np.histogram(left, bins, weights=w)
    return {
        "mean": mean,
        "std": np.sqrt(np.average((left - mean) ** 2, weights=w)),
        "min": left.min(),
        "max": left.max(),
        "quantiles": np.quantile(left, shares, weights=w, method="inverted_cdf"),
        "edges": edges,
        "support": support,
    }
