"""What learners.py measures: which models on which data, against whom, and how much faster they are to be."""

import dataclasses

ONE_THREAD = (("OMP_NUM_THREADS", "1"), ("OPENBLAS_NUM_THREADS", "1"))
SKLEARN, LIGHTGBM = "scikit-learn", "LightGBM"


@dataclasses.dataclass(frozen=True)
class Peer:
    """Someone else's estimator with its settings."""

    name: str
    # The class, as module.Name below sklearn, or lightgbm.Name.
    estimator: str
    settings: tuple
    # Environment variables of its process.
    surroundings: tuple = ()

    @property
    def parameters(self):
        return dict(self.settings)

    @property
    def environment(self):
        return dict(self.surroundings)


@dataclasses.dataclass(frozen=True)
class Case:
    """One row of the table, or one for each peer."""

    data: str
    model: str
    setting: str
    ours: dict
    peers: tuple
    targets: dict
    # brier, log_loss or rmse: what has to be within 1 %.
    loss: str | None
    seeded: bool = False
    # Which time is judged: fit or predict.
    by: str = "fit"
    test_rows: int | None = None
    # What else is asked: how much faster predictions are to be, microseconds for one row at most, MiB above the data at
    # most, and that the search converges where theirs does not.
    predict: float | None = None
    most_row_us: float | None = None
    most_above_data_mib: float | None = None
    converges: bool = False

    @property
    def regression(self):
        return self.loss == "rmse"

    def label(self):
        return " | ".join([self.data, self.model, self.setting, *(peer.name for peer in self.peers)])


def sklearn(estimator, parameters, threads=True):
    """scikit-learn with its own idea of threads, and with one where that may make a difference."""
    settings = tuple(parameters.items())
    free = Peer(SKLEARN, estimator, settings)
    return (free, Peer(SKLEARN, estimator, settings, ONE_THREAD)) if threads else (free,)


def forest(data, model, estimator, trees, target, loss):
    # All cores, trees without limits: its own defaults.
    peers = sklearn(f"ensemble.{estimator}", {"n_estimators": trees, "n_jobs": -1}, threads=False)
    ours = {"n_estimators": trees} | UNLIMITED
    latency = 200.0 if trees == 200 else None
    return Case(data, model, f"{trees} trees", ours, peers, {SKLEARN: target}, loss, seeded=True, predict=2.0, most_row_us=latency)


def tree(data, model, estimator, loss):
    peers = sklearn(f"tree.{estimator}", {}, threads=False)
    return Case(data, model, "", UNLIMITED, peers, {SKLEARN: 5.0}, loss, seeded=True)


def boosting(data, model, estimator, light, loss):
    peers = sklearn(f"ensemble.{estimator}", {"early_stopping": False})
    # As scikit-learn does it: no fewer rows in a leaf, no other bins.
    settings = {"n_estimators": 100, "learning_rate": 0.1, "num_leaves": 31, "min_child_samples": 20, "max_bin": 255, "verbosity": -1}
    peers += (Peer(LIGHTGBM, f"lightgbm.{light}", tuple(settings.items())),)
    ours = {"max_iter": 100, "early_stopping": False}
    return Case(data, model, "100 iterations", ours, peers, {SKLEARN: 1.5, LIGHTGBM: 1.0}, loss, seeded=True)


def plain(data, model, estimator, target, loss, ours=None, theirs=None, setting="", **more):
    return Case(data, model, setting, ours or {}, sklearn(estimator, theirs or {}), {SKLEARN: target}, loss, **more)


UNLIMITED = {"max_depth": None, "min_samples_split": 2, "min_samples_leaf": 1}
BIG, WIDE = "80k × 20", "16k × 100"
LOGISTIC, RIDGE, LASSO = "linear_model.LogisticRegression", "linear_model.Ridge", "linear_model.Lasso"

CASES = [
    forest(f"{BIG}, 2 classes", "random_forest_classifier", "RandomForestClassifier", 200, 20.0, "brier"),
    tree(f"{BIG}, 2 classes", "decision_tree_classifier", "DecisionTreeClassifier", None),
    forest(f"{BIG}, 2 classes", "extra_trees_classifier", "ExtraTreesClassifier", 100, 4.0, "brier"),
    boosting(f"{BIG}, 2 classes", "hist_gradient_boosting_classifier", "HistGradientBoostingClassifier", "LGBMClassifier", "log_loss"),
    plain(f"{BIG}, 2 classes", "logistic_regression", LOGISTIC, 10.0, "log_loss", most_row_us=50.0),
    plain(f"{BIG}, 2 classes", "gaussian_nb", "naive_bayes.GaussianNB", 2.0, "log_loss"),
    plain(f"{BIG}, 2 classes", "k_neighbors_classifier", "neighbors.KNeighborsClassifier", 1.0, None,
          setting="2k rows", by="predict", test_rows=2000),
    forest(f"{WIDE}, 2 classes", "random_forest_classifier", "RandomForestClassifier", 200, 12.0, "brier"),
    plain(f"{WIDE}, 2 classes", "logistic_regression", LOGISTIC, 5.0, "log_loss"),
    forest(f"{BIG}, 5 classes", "random_forest_classifier", "RandomForestClassifier", 40, 10.0, "brier"),
    plain(f"{BIG}, 5 classes", "logistic_regression", LOGISTIC, 8.0, "log_loss"),
    forest(f"{WIDE}, 5 classes", "random_forest_classifier", "RandomForestClassifier", 40, 7.0, "brier"),
    plain(f"{WIDE}, 5 classes", "logistic_regression", LOGISTIC, 5.0, "log_loss"),
    plain("digits", "logistic_regression", LOGISTIC, 1.5, "log_loss"),
    plain("breast cancer, unscaled", "logistic_regression", LOGISTIC, None, "log_loss",
          theirs={"max_iter": 1000}, setting="1000 steps", converges=True),
    forest(f"{BIG}, friedman", "random_forest_regressor", "RandomForestRegressor", 20, 10.0, "rmse"),
    tree(f"{BIG}, friedman", "decision_tree_regressor", "DecisionTreeRegressor", "rmse"),
    forest(f"{BIG}, friedman", "extra_trees_regressor", "ExtraTreesRegressor", 100, 4.0, "rmse"),
    boosting(f"{BIG}, friedman", "hist_gradient_boosting_regressor", "HistGradientBoostingRegressor", "LGBMRegressor", "rmse"),
    forest(f"{WIDE}, friedman", "random_forest_regressor", "RandomForestRegressor", 20, 8.0, "rmse"),
    plain(f"{BIG}, linear", "ridge_regression", RIDGE, 3.0, "rmse"),
    plain(f"{BIG}, linear", "lasso_regression", LASSO, 2.0, "rmse"),
    plain(f"{WIDE}, linear", "ridge_regression", RIDGE, 2.0, "rmse"),
    plain(f"{WIDE}, linear", "lasso_regression", LASSO, 2.0, "rmse"),
    # Only whether it fits within 1 GiB above the data is asked here.
    Case("1M × 20, 2 classes", "random_forest_classifier", "100 trees", {"n_estimators": 100} | UNLIMITED, (), {}, "brier",
         seeded=True, most_above_data_mib=1024.0),
]
