"""What nodes.py compares: nodes with their configs, and the other side's counterpart."""

import numpy as np
import scipy.special
import scipy.stats
from sklearn import impute, linear_model, preprocessing
from sklearn.experimental import enable_iterative_imputer  # noqa: F401

import node_comparisons as judge
import node_tables as tables
from node_case import Case
from node_cases_rows_columns import outliers, resampling, selecting
from node_tables import NUMBERS, ODD, SCALED


def scaling():
    node = "scale_numeric_features"
    peers = {
        "standard": preprocessing.StandardScaler,
        "robust": preprocessing.RobustScaler,
        "minmax": preprocessing.MinMaxScaler,
        "maxabs": preprocessing.MaxAbsScaler,
    }
    for method, peer in peers.items():
        yield Case(node, method, {"default_method": method}, tables.holed, judge.in_place, peer, SCALED)
        yield Case(node, f"{method}, odd", {"default_method": method}, tables.odd, judge.in_place, peer, ODD)
    methods = dict(zip(NUMBERS, peers))
    peers = dict(zip(NUMBERS, peers.values()))
    yield Case(node, "by column", {"column_methods": methods}, tables.holed, judge.by_column, peers, NUMBERS)


def imputing():
    node, simple = "imputation_methods", impute.SimpleImputer

    def one(method, **options):
        return {"strategies": [{"method": method} | ({"options": options} if options else {})]}

    def case(name, config, peer, columns, table=tables.holed, compare=judge.in_place, **more):
        return Case(node, name, config, table, compare, peer, columns, **more)

    yield case("mean", one("mean"), simple, NUMBERS)
    yield case("median", one("median"), lambda: simple(strategy="median"), NUMBERS)
    yield case("mean, odd", one("mean"), simple, ODD, tables.odd)
    yield case("median, odd", one("median"), lambda: simple(strategy="median"), ODD, tables.odd)
    yield case("mode", one("mode"), lambda: simple(strategy="most_frequent"), ("whole",))
    yield case("mode, odd", one("mode"), lambda: simple(strategy="most_frequent"), ODD, tables.odd)
    yield case("mode of text", one("mode"), None, ("city",), tables.words, judge.text_mode)
    yield case("constant", one("constant", value=-1.5), lambda: simple(strategy="constant", fill_value=-1.5), NUMBERS)
    columns = tuple(f"c{j}" for j in range(4))
    for k in (1, 5):
        peer = lambda k=k: impute.KNNImputer(n_neighbors=k)
        yield case(f"knn of {k}", one("knn", neighbors=k), peer, columns, tables.correlated)

    def iterative(rounds, estimator=None):
        return lambda: impute.IterativeImputer(estimator, max_iter=rounds, random_state=0)

    for rounds in (1, 10):
        config, name = one("mice", max_iter=rounds), f"mice, {rounds} round{'s' * (rounds > 1)}"
        yield case(name, config, iterative(rounds), columns, tables.correlated)
    peer = iterative(1, linear_model.LinearRegression())
    yield case("regression", one("regression"), peer, columns, tables.correlated)


def powers():
    node = "skewness_transform"

    def case(method, column, compare, peer, table=tables.holed):
        config = {"transformations": [{"column": column, "method": method}]}
        return Case(node, f"{method} of {column}", config, table, compare, peer, (column,))

    functions = {
        "log": np.log,
        "square_root": np.sqrt,
        "cube_root": np.cbrt,
        "reciprocal": np.reciprocal,
        "square": np.square,
        "exponential": np.exp,
    }
    for method, function in functions.items():
        yield case(method, "skewed", judge.function, function)

    def box_cox_by_power(x, power):
        return (x**power * np.log(x) - scipy.special.boxcox(x, power)) / power

    def yeo_johnson_by_power(x, power):
        # A negative number goes through the same function, mirrored and with the power 2 − power.
        return box_cox_by_power(1 + np.abs(x), np.where(x >= 0, power, 2 - power))

    def yeo_johnson_log(x):
        return np.copysign(np.log1p(np.abs(x)), x)

    box_cox = (scipy.special.boxcox, box_cox_by_power, np.log, "box-cox")
    yeo_johnson = (scipy.stats.yeojohnson, yeo_johnson_by_power, yeo_johnson_log, "yeo-johnson")
    yield case("box_cox", "skewed", judge.likeliest, box_cox)
    for column in ("plain", "skewed", "whole"):
        yield case("yeo_johnson", column, judge.likeliest, yeo_johnson)
    for column in ("count", "spike"):
        yield case("yeo_johnson", column, judge.likeliest, yeo_johnson, tables.odd)


def binning():
    node, columns = "binning_discretization", ("plain", "skewed", "far")

    def case(name, peer, columns=columns, compare=judge.binned, table=tables.holed, **config):
        return Case(node, name, config, table, compare, peer, columns)

    def bins(n, strategy, **options):
        peer = preprocessing.KBinsDiscretizer(n, encode="ordinal", strategy=strategy, subsample=None, **options)
        return lambda known: peer.fit(known.reshape(-1, 1)).bin_edges_[0]

    quantile = {"quantile_method": "averaged_inverted_cdf"}
    for strategy, options in (("quantile", quantile), ("uniform", {}), ("kmeans", {})):
        for n in (2, 5, 16):
            peer = bins(n, strategy, **options)
            config = {"strategy": "kbins", "kbins_strategy": strategy, "kbins_n_bins": n}
            yield case(f"kbins {strategy}, {n} bins", peer, **config)
            yield case(f"kbins {strategy}, {n} bins, odd", peer, columns=ODD, table=tables.odd, **config)
    config = {"strategy": "kbins", "kbins_strategy": "uniform", "kbins_encode": "onehot"}
    yield case("kbins onehot", bins(5, "uniform"), compare=judge.binned_one_hot, **config)
    equal = {
        "equal_width": bins(5, "uniform"),
        # scikit-learn's would drop edges that are close to each other.
        "equal_frequency": lambda known: np.unique(np.quantile(known, np.linspace(0, 1, 5))),
    }
    for strategy, peer in equal.items():
        for labels in ("range", "bin_index", "ordinal"):
            yield case(f"{strategy}, {labels}", peer, strategy=strategy, label_format=labels)
        yield case(f"{strategy}, odd", peer, ODD, table=tables.odd, strategy=strategy, label_format="bin_index")
    edges = [-0.5, 0.0, 0.25, 1.0]
    for missing in ("keep", "label"):
        config = {"strategy": "custom", "custom_bins": {"plain": edges}, "missing_strategy": missing}
        yield case(f"custom, missing {missing}", lambda known: edges, columns=("plain",), **config)
        config = {"strategy": "equal_width", "missing_strategy": missing}
        yield case(f"equal_width, missing {missing}", equal["equal_width"], **config)


def products():
    columns = ("plain", "skewed", "whole")
    for degree in (2, 3, 4):
        for only in (False, True):
            for bias in (False, True):
                config = {"columns": list(columns), "degree": degree, "interaction_only": only, "include_bias": bias}
                name = f"degree {degree}" + ", interactions" * only + ", bias" * bias
                peer = lambda degree=degree, only=only, bias=bias: preprocessing.PolynomialFeatures(
                    degree, interaction_only=only, include_bias=bias
                )
                yield Case("polynomial_features", name, config, tables.numbers, judge.products, peer, columns)


def calculating():
    """Sums and ratios have no counterpart in scikit-learn; numpy computes them."""

    def case(kind, method, peer, columns=NUMBERS[:2], **more):
        columns = tuple(columns)
        config = {"operation_type": kind, "input_columns": list(columns), "output_column": "out"} | more
        config |= {"method": method} if method else {}
        inputs = columns + tuple(more.get("secondary_columns", ()))
        whole = {"operations": [config], "error_handling": "fail"}
        return Case("feature_math", f"{kind} {method or ''}".strip(), whole, tables.holed, judge.computed, peer, inputs)

    for method in ("add", "subtract", "multiply", "divide"):
        yield case("arithmetic", method, getattr(np, method))
    yield case("ratio", "ratio", np.divide, ("plain",), secondary_columns=["skewed"])
    statistics = {
        "sum": np.nansum, "mean": np.nanmean, "min": np.nanmin, "max": np.nanmax, "median": np.nanmedian,
        "std": lambda x, axis: np.nanstd(x, axis=axis, ddof=1),
        "range": lambda x, axis: np.nanmax(x, axis=axis) - np.nanmin(x, axis=axis),
        "count": lambda x, axis: (~np.isnan(x)).sum(axis=axis),
    }
    for method, of in statistics.items():
        yield case("stat", method, lambda *x, of=of: of(np.stack(x), axis=0), SCALED)


def encoding():
    columns = ("city", "rare")

    def case(node, name, compare, peer, config=None, table=tables.words, columns=columns):
        return Case(node, name, config or {}, table, compare, peer, columns)

    # What becomes of an unseen category, and of a missing one.
    yield case("label_encoding", "missing stays", judge.encoded, (np.nan, np.nan))
    encode = {"missing_strategy": "encode"}
    yield case("label_encoding", "missing is -1", judge.encoded, (-1, -1), encode)
    for code in (-1, 99):
        yield case("ordinal_encoding", f"unseen is {code}", judge.encoded, (code, np.nan), {"unknown_value": code})
    error = {"handle_unknown": "error", "columns": ["city"]}
    yield case("ordinal_encoding", "unseen is an error", judge.encoded, (-1, np.nan), error, columns=("city",))
    hot = lambda: preprocessing.OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    but = lambda: preprocessing.OneHotEncoder(handle_unknown="ignore", sparse_output=False, drop="first")
    many = {"max_categories": 100}
    yield case("one_hot_encoding", "all", judge.one_hot, hot, many)
    yield case("one_hot_encoding", "all and missing", judge.one_hot, hot, many | {"include_missing": True})
    yield case("one_hot_encoding", "but the first", judge.one_hot, but, many | {"drop_first": True})
    yield case("dummy_encoding", "all", judge.one_hot, but, many)
    yield case("hash_encoding", "64 buckets", judge.bucketed, None, {"n_buckets": 64})
    targets = {
        "binary": tables.words,
        "multiclass": tables.words_three,
        "continuous": tables.words_number,
    }
    for kind, table in targets.items():
        for asked in (kind, "auto"):
            config = {"smoothing": 20, "target_type": asked}
            yield case("target_encoding", f"{kind}, {asked}", judge.by_target, kind, config, table)


def cases(catalogue):
    for group in (scaling, imputing, powers, binning, products, calculating, selecting, encoding, outliers):
        yield from group()
    yield from resampling(catalogue)


# Choices without a case, and why.
WITHOUT = {
    ("outlier_removal", "column_methods"): "the methods of default_method, chosen by column",
    ("feature_math", "operations.datetime_features"): "no numbers; the node's own tests have them",
    ("feature_math", "operations.error_handling"): "tells what happens to an error",
    ("feature_math", "error_handling"): "tells what happens to an error",
    ("feature_math", "operations.operation_type", "similarity"): "texts; the node's own tests have them",
    ("feature_math", "operations.operation_type", "datetime_extract"): "texts; the node's own tests have them",
    ("feature_math", "operations.method", "token_sort_ratio"): "texts; the node's own tests have them",
    ("feature_math", "operations.method", "token_set_ratio"): "texts; the node's own tests have them",
}
