"""The nodes that choose columns and rows, and those that add some."""

import imblearn.combine
import imblearn.over_sampling
import imblearn.under_sampling
import numpy as np
from sklearn import covariance, feature_selection, linear_model

import node_comparisons as judge
import node_tables as tables
from node_case import Case
from node_comparisons import EXACT
from node_tables import NUMBERS


def selecting():
    node, fs = "feature_selection", feature_selection
    twelve, ten = tuple(f"x{j}" for j in range(12)), tuple(f"x{j}" for j in range(10))

    def one(method, peer, table=tables.informative, name="", **config):
        columns = twelve if table is tables.informative else ten
        return Case(node, f"{method} {name}".strip(), {"method": method} | config, table, judge.chosen, peer, columns)

    scores = {
        "f_classif": (fs.f_classif, tables.informative),
        "chi2": (fs.chi2, tables.informative),
        "mutual_info_classif": (lambda x, y: fs.mutual_info_classif(x, y, random_state=0), tables.informative),
        "f_regression": (fs.f_regression, tables.linear),
        "r_regression": (fs.r_regression, tables.linear),
        "mutual_info_regression": (lambda x, y: fs.mutual_info_regression(x, y, random_state=0), tables.linear),
    }
    for score, (function, table) in scores.items():
        # With every k the whole order of the features is compared.
        for k in range(1, len(table()) - 1):
            peer = lambda f=function, k=k: fs.SelectKBest(f, k=k)
            yield one("select_k_best", peer, table, f"{score}, {k}", score_func=score, k=k)
    for score in ("f_classif", "chi2", "f_regression"):
        function, table = scores[score]
        ways = {
            "percentile": [("percentile", p, fs.SelectPercentile) for p in (10, 30, 55)],
            "fpr": [("alpha", a, fs.SelectFpr) for a in (0.02, 0.05, 0.3)],
            "fdr": [("alpha", a, fs.SelectFdr) for a in (0.02, 0.05, 0.3)],
            "fwe": [("alpha", a, fs.SelectFwe) for a in (0.02, 0.05, 0.3)],
        }
        for way, variants in ways.items():
            for parameter, value, selector in variants:
                peer = lambda s=selector, f=function, p=parameter, v=value: s(f, **{p: v})
                given = {"score_func": score, parameter: value}
                yield one(f"select_{way}", peer, table, f"{score}, {value}", **given)
    for mode, value in (("k_best", 4), ("percentile", 40), ("fpr", 0.05), ("fdr", 0.05), ("fwe", 0.05)):
        parameter = {"k_best": "k", "percentile": "percentile"}.get(mode, "alpha")
        peer = lambda m=mode, v=value: fs.GenericUnivariateSelect(fs.f_classif, mode=m, param=v)
        yield one("generic_univariate_select", peer, name=mode, mode=mode, **{parameter: value})
    for threshold in (0.0, 0.4, 0.45):
        peer = lambda t=threshold: fs.VarianceThreshold(t)
        yield one("variance_threshold", peer, name=str(threshold), threshold=threshold)
    estimators = {
        "logistic_regression": (lambda: linear_model.LogisticRegression(max_iter=1000), tables.informative),
        "ridge_regression": (linear_model.Ridge, tables.linear),
    }
    for estimator, (make, table) in estimators.items():
        for threshold in ("mean", "median", "1.25*mean", 0.3):
            # Importances are summed over the classes on both sides.
            peer = lambda m=make, t=threshold: fs.SelectFromModel(m(), threshold=t)
            given = {"estimator": estimator, "threshold": threshold}
            yield one("select_from_model", peer, table, f"{estimator}, {threshold}", **given)
        for k, step in ((3, 1), (5, 2), (4, 0.3)):
            peer = lambda m=make, k=k, s=step: fs.RFE(m(), n_features_to_select=k, step=s)
            given = {"estimator": estimator, "k": k, "step": step}
            yield one("rfe", peer, table, f"{estimator}, {k}, step {step}", **given)


def outliers():
    def case(name, compare, peer, columns=NUMBERS, table=tables.numbers, **config):
        return Case("outlier_removal", name, {"default_method": name} | config, table, compare, peer, columns)

    def beyond_quartiles(x):
        low, high = np.percentile(x, [25, 75], axis=0)
        reach = 1.5 * (high - low)
        return ((x < low - reach) | (x > high + reach)).any(axis=1)

    def beyond_deviations(x):
        return (np.abs(x - x.mean(axis=0)) > 3 * x.std(axis=0)).any(axis=1)

    def outside(x):
        return covariance.EllipticEnvelope(contamination=0.05, random_state=0).fit(x).predict(x) < 0

    yield case("iqr", judge.kept_rows, beyond_quartiles)
    yield case("zscore", judge.kept_rows, beyond_deviations)
    yield case("winsorize", judge.clipped, None)
    bounds = {"column_parameters": {"plain": {"lower": -1, "upper": 1.5}}}
    yield case("manual", judge.kept_rows, lambda x: (x[:, 0] < -1) | (x[:, 0] > 1.5), ("plain",), **bounds)
    share = {"method_parameters": {"elliptic_envelope": {"contamination": 0.05}}}
    yield case("elliptic_envelope", judge.kept_rows, outside, ("x0", "x1", "x2"), tables.ellipse, **share)


def resampling(catalogue):
    """Every method of oversampling that the catalogue has."""
    over, under, columns = imblearn.over_sampling, imblearn.under_sampling, ("x0", "x1", "x2")

    def case(node, name, config, peer, bound=EXACT, why=""):
        return Case(node, name, config, tables.uneven, judge.resampled, peer, columns, bound, why)

    peers = {
        "random": (over.RandomOverSampler, EXACT, ""),
        "smote": (over.SMOTE, EXACT, ""),
        "borderline_smote": (over.BorderlineSMOTE, EXACT, ""),
        "adasyn": (over.ADASYN, 0.1, "shares are rounded row by row"),
        "smote_tomek": (imblearn.combine.SMOTETomek, 0.1, "links depend on the rows drawn"),
        "svm_smote": (over.SVMSMOTE, EXACT, ""),
        "kmeans_smote": (over.KMeansSMOTE, 0.1, "clusters depend on a draw"),
    }
    [oversampling] = [node for node in catalogue["nodes"] if node["key"] == "class_oversampling"]
    [methods] = [p["kind"]["choice"] for p in oversampling["parameters"] if p["name"] == "method"]
    for method in filter(peers.get, methods):
        peer, bound, why = peers[method]
        make = lambda p=peer: p(random_state=0)
        yield case("class_oversampling", method, {"method": method}, make, bound, why)
    for node, sampler, last in (
        ("class_oversampling", over.RandomOverSampler, "minority"),
        ("class_undersampling", under.RandomUnderSampler, "majority"),
    ):
        for strategy in ("auto", last, "not minority", "not majority", "all"):
            peer = lambda p=sampler, s=strategy: p(sampling_strategy=s, random_state=0)
            yield case(node, f"random, {strategy}", {"sampling_strategy": strategy}, peer)
