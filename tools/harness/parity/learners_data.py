"""The data sets that learners.py races on, standardised and split the same way for both sides."""

from sklearn import datasets, model_selection, preprocessing

# Rows in all (80 % train), columns, and the number of classes or the kind of the target.
DATA = {
    "80k × 20, 2 classes": (100_000, 20, 2),
    "16k × 100, 2 classes": (20_000, 100, 2),
    "80k × 20, 5 classes": (100_000, 20, 5),
    "16k × 100, 5 classes": (20_000, 100, 5),
    "80k × 20, friedman": (100_000, 20, "friedman"),
    "16k × 100, friedman": (20_000, 100, "friedman"),
    "80k × 20, linear": (100_000, 20, "linear"),
    "16k × 100, linear": (20_000, 100, "linear"),
    "digits": (0, 0, "digits"),
    "breast cancer, unscaled": (0, 0, "breast cancer"),
    "1M × 20, 2 classes": (1_250_000, 20, 2),
}


def table(name):
    """The arrays of a data set: training and test features, training and test targets."""
    rows, columns, kind = DATA[name]
    if kind == "digits":
        x, y = datasets.load_digits(return_X_y=True)
    elif kind == "breast cancer":
        x, y = datasets.load_breast_cancer(return_X_y=True)
    elif kind == "friedman":
        x, y = datasets.make_friedman1(rows, columns, noise=1.0, random_state=0)
    elif kind == "linear":
        x, y = datasets.make_regression(rows, columns, n_informative=columns // 2, noise=50.0, random_state=0)
    else:
        x, y = datasets.make_classification(
            rows, columns, n_informative=columns // 2, n_redundant=columns // 5, n_clusters_per_class=2,
            n_classes=kind, flip_y=0.05, class_sep=0.8, random_state=0,
        )
    stratify = None if kind in ("friedman", "linear") else y
    parts = model_selection.train_test_split(x, y, test_size=0.2, random_state=1, stratify=stratify)
    if kind != "breast cancer":
        scaler = preprocessing.StandardScaler().fit(parts[0])
        parts[:2] = [scaler.transform(part) for part in parts[:2]]
    return parts
