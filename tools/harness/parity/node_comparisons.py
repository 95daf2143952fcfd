"""How the output of a node is judged against the other side's. Each comparison takes a case, the source's columns and
the result, and gives checks: what was compared, how far apart it is, how far it may be and, where that is more than
rounding, why."""

import typing
import warnings
from collections import Counter

import numpy as np
from sklearn import model_selection, preprocessing

EXACT, CLOSE = 0.0, 1e-9


class Check(typing.NamedTuple):
    what: str
    difference: float
    bound: float
    why: str = ""


def far(ours, theirs):
    """The largest difference, relative where a figure exceeds 1; infinite where one side has a value and the other has
    none."""
    ours, theirs = np.asarray(ours, float), np.asarray(theirs, float)
    if ours.shape != theirs.shape or (np.isnan(ours) != np.isnan(theirs)).any():
        return np.inf
    known = ~np.isnan(ours)
    return np.max(np.abs(ours - theirs)[known] / np.maximum(1.0, np.abs(theirs[known])), initial=0.0)


def unlike(ours, theirs):
    """How many texts differ."""
    return abs(len(ours) - len(theirs)) + sum(a != b for a, b in zip(ours, theirs))


def matrix(source, result, columns):
    """The source's columns at the rows of the result."""
    return np.column_stack([source[name][result.rows] for name in columns])


def fitted(case, source, result):
    """The other side's transformation of all rows of the result, fitted on the training rows."""
    x = matrix(source, result, case.columns)
    peer = case.peer()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        peer.fit(x[result.train], source["target"][result.rows][result.train])
        return peer, np.asarray(peer.transform(x))


def in_place(case, source, result):
    """The columns keep their names."""
    _, theirs = fitted(case, source, result)
    for at, name in enumerate(case.columns):
        yield Check(name, far(result.columns[name], theirs[:, at]), case.bound, case.why)


def by_column(case, source, result):
    """Each column has a counterpart of its own."""
    for name in case.columns:
        x = source[name][result.rows].reshape(-1, 1)
        peer = case.peer[name]().fit(x[result.train])
        yield Check(name, far(result.columns[name], peer.transform(x)[:, 0]), case.bound, case.why)


def function(case, source, result):
    """The peer is a function of the column."""
    for name in case.columns:
        yield Check(name, far(result.columns[name], case.peer(source[name][result.rows])), case.bound, case.why)


def likeliest(case, source, result):
    """A power transform: the peer is the transform, its derivative by the power, what the likelihood adds for a value,
    and scikit-learn's method."""
    from scipy import optimize

    transform, derivative, logarithm, method = case.peer
    for name in case.columns:
        x = source[name][result.rows]
        known = x[result.train & ~np.isnan(x)]
        peer = preprocessing.PowerTransformer(method=method, standardize=False).fit(known.reshape(-1, 1))
        [near] = peer.lambdas_

        def slope(power):
            y, by_power = transform(known, power), derivative(known, power)
            return len(y) * np.mean((y - y.mean()) * by_power) / np.var(y) - logarithm(known).sum()

        best = optimize.brentq(slope, near - 1e-3, near + 1e-3, xtol=1e-15, rtol=1e-15)
        yield Check(name, far(result.columns[name], transform(x, best)), case.bound)
        theirs = peer.transform(x.reshape(-1, 1))[:, 0]
        why = "scikit-learn's search for the power ends some 1e-8 beside the best"
        yield Check(f"{name}, PowerTransformer", far(result.columns[name], theirs), 1e-7, why)


def products(case, source, result):
    """New columns in the peer's order and under its names."""
    peer, theirs = fitted(case, source, result)
    theirs = dict(zip(peer.get_feature_names_out(list(case.columns)), theirs.T))
    theirs = {name: values for name, values in theirs.items() if name not in case.columns}
    ours = [name for name in result.columns if name not in source]
    yield Check("names", unlike(ours, list(theirs)), EXACT)
    for name, values in theirs.items():
        yield Check(name, far(result.columns.get(name, []), values), case.bound)


def chosen(case, source, result):
    """Which columns stay."""
    x, y = matrix(source, result, case.columns), source["target"][result.rows]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        peer = case.peer().fit(x[result.train], y[result.train])
    theirs = {name for name, stays in zip(case.columns, peer.get_support()) if stays}
    yield Check(f"which {len(theirs)} columns stay", len(theirs ^ set(result.columns)), EXACT, case.why)


def encoded(case, source, result):
    """Codes of categories; a missing one stays missing, or has the code that the case names."""
    unknown, missing = case.peer
    for name in case.columns:
        values = source[name][result.rows]
        known = np.array([v is not None for v in values])
        peer = preprocessing.OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=unknown)
        peer.fit(values[result.train & known].reshape(-1, 1))
        theirs = np.full(len(values), missing)
        theirs[known] = peer.transform(values[known].reshape(-1, 1)).ravel()
        yield Check(name, far(result.columns[name], theirs), EXACT)


def one_hot(case, source, result):
    """A column per category under its name; missing and unseen set none."""
    for name in case.columns:
        values = source[name][result.rows]
        known = np.array([v is not None for v in values])
        peer = case.peer().fit(values[result.train & known].reshape(-1, 1))
        names = list(peer.get_feature_names_out([name]))
        theirs = np.zeros((len(values), len(names)))
        with warnings.catch_warnings():
            # Where the first category has no column, it is told that unseen ones look like it.
            warnings.simplefilter("ignore")
            theirs[known] = peer.transform(values[known].reshape(-1, 1))
        if case.config.get("include_missing"):
            names.append(f"{name}_missing")
            theirs = np.column_stack([theirs, ~known])
        ours = [n for n in result.columns if n.startswith(f"{name}_")]
        yield Check(f"{name}: names", unlike(ours, names), EXACT)
        for at, column in enumerate(names):
            yield Check(column, far(result.columns.get(column, []), theirs[:, at]), EXACT)


def bucketed(case, source, result):
    """FNV-1a of the text's bytes, which scikit-learn has not."""
    for name in case.columns:
        theirs = [np.nan if v is None else fnv_1a(v) % case.config["n_buckets"] for v in source[name][result.rows]]
        yield Check(name, far(result.columns[name], theirs), EXACT)


def fnv_1a(text):
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value


DRAWS = 100


def by_target(case, source, result):
    """Means of the target. Test rows have statistics of all training rows. Training rows are cross-fitted by folds that
    each side draws by itself: ours must lie among the other side's over many draws as one more draw would. Its distance
    from their mean is 0.8 standard deviations on average, as that of any normal draw, and hardly ever more than 4.
    Statistics of all rows, which leak a row's own target, would lie too close where categories are large and too far
    where they are small."""
    y = source["target"][result.rows]
    draws = f"folds are drawn: standard deviations of {DRAWS} draws of the other side"
    for name in case.columns:
        values = np.array([v if v is not None else "" for v in source[name][result.rows]], dtype=object).reshape(-1, 1)

        def encoder(seed):
            kind = model_selection.KFold if case.peer == "continuous" else model_selection.StratifiedKFold
            cv = kind(5, shuffle=True, random_state=seed)
            return preprocessing.TargetEncoder(smooth=20.0, target_type=case.peer, cv=cv)

        peer = encoder(0).fit(values[result.train], y[result.train])
        theirs = peer.transform(values[~result.train])
        drawn = np.array([encoder(k).fit_transform(values[result.train], y[result.train]) for k in range(DRAWS)])
        middle, spread = drawn.mean(axis=0), drawn.std(axis=0) + 1e-12
        names = [name] if theirs.shape[1] == 1 else [f"{name}_{label}" for label in peer.classes_]
        ours = [n for n in result.columns if n == name or n.startswith(f"{name}_")]
        yield Check(f"{name}: names", unlike(ours, names), EXACT)
        for at, column in enumerate(names):
            values_of = result.columns[column]
            yield Check(f"{column}: test rows", far(values_of[~result.train], theirs[:, at]), case.bound)
            away = np.abs(values_of[result.train] - middle[:, at]) / spread[:, at]
            yield Check(f"{column}: train, mean − 0.8", abs(away.mean() - 0.8), 0.25, draws)
            yield Check(f"{column}: train, most", away.max(), 4.5, draws)


def kept_rows(case, source, result):
    """Which rows stay: every test row, and the training rows that are not far."""
    gone = np.setdiff1d(np.arange(len(source["target"])), result.rows)
    # The rows that left were training rows, and bounds are learned from those: they are the kept ones and the gone.
    train = np.sort(np.concatenate([result.rows[result.train], gone]))
    x = np.column_stack([source[name][train] for name in case.columns])
    theirs = train[case.peer(x)]
    yield Check(f"which {len(theirs)} rows leave", len(set(theirs) ^ set(gone)), EXACT, case.why)
    for name in case.columns:
        yield Check(f"{name} of those that stay", far(result.columns[name], source[name][result.rows]), EXACT)


def clipped(case, source, result):
    for name in case.columns:
        values = source[name][result.rows]
        low, high = np.nanpercentile(values[result.train], [5, 95])
        yield Check(name, far(result.columns[name], np.clip(values, low, high)), case.bound)


def resampled(case, source, result):
    """How many rows each class has in training, and that rows of the source are as they were."""
    added = result.rows < 0
    test = result.rows[~result.train]
    yield Check("test rows are copies", abs(len(test) - len(set(test))), EXACT)
    train = np.setdiff1d(np.arange(len(source["target"])), test)
    x = np.column_stack([source[name] for name in case.columns])
    _, y = case.peer().fit_resample(x[train], source["target"][train])
    ours, theirs = Counter(result.target[result.train].astype(int)), Counter(y.tolist())
    worst = max(abs(ours[k] - theirs[k]) / theirs[k] for k in theirs)
    yield Check("rows per class", worst, case.bound, case.why)
    for name in case.columns:
        kept = result.columns[name][~added]
        yield Check(f"{name} of the source", far(kept, source[name][result.rows[~added]]), EXACT)


def text_mode(case, source, result):
    for name in case.columns:
        values = source[name][result.rows]
        counts = Counter(v for v in values[result.train] if v is not None)
        fill = min(counts, key=lambda v: (-counts[v], v))
        theirs = [fill if v is None else v for v in values]
        yield Check(name, unlike(result.columns[name], theirs), EXACT)


def edges_of(case, values, train):
    """The edges that the peer puts into the known training values."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return np.asarray(case.peer(values[train & ~np.isnan(values)]))


def binned(case, source, result):
    """The bin of each value. Those of scikit-learn hold their lower edge, those of pandas.cut and qcut their upper."""
    strategy, labels = case.config["strategy"], case.config.get("label_format", "range")
    for name in case.columns:
        values = source[name][result.rows]
        edges = edges_of(case, values, result.train)
        bins = np.digitize(values, edges[1:-1], right=strategy != "kbins").astype(float)
        lost = np.isnan(values)
        if strategy == "custom":
            lost = lost | (values < edges[0]) | (values > edges[-1])
        column = result.columns[f"{name}_binned"]
        labelled = case.config.get("missing_strategy") == "label"
        if labels == "range" and strategy != "kbins":
            words = ranges(edges)
            missing = "missing" if labelled else None
            theirs = [missing if gone else words[int(bin)] for gone, bin in zip(lost, bins)]
            yield Check(name, unlike(column, theirs), EXACT)
        else:
            bins = bins + (labels == "ordinal" and strategy != "kbins")
            yield Check(name, far(column, np.where(lost, -1 if labelled else np.nan, bins)), EXACT)


def ranges(edges):
    """Bins in words, with six significant digits, or all where six do not tell edges apart."""
    shown = [float(f"{edge:.5e}") for edge in edges]
    shown = [float(edge) for edge in edges] if len(set(shown)) < len(shown) else shown
    shown = [repr(edge).removesuffix(".0") for edge in shown]
    return [f"{'(' if at else '['}{low}, {high}]" for at, (low, high) in enumerate(zip(shown, shown[1:]))]


def binned_one_hot(case, source, result):
    """A column per bin."""
    for name in case.columns:
        values = source[name][result.rows]
        edges = edges_of(case, values, result.train)
        bins = np.digitize(values, edges[1:-1])
        names = [f"{name}_binned_{bin}" for bin in range(len(edges) - 1)]
        ours = [n for n in result.columns if n.startswith(f"{name}_binned_")]
        yield Check(f"{name}: names", unlike(ours, names), EXACT)
        for bin, column in enumerate(names):
            theirs = (bins == bin) & ~np.isnan(values)
            yield Check(column, far(result.columns.get(column, []), theirs), EXACT)


def computed(case, source, result):
    """One new column, which the peer computes from the case's columns."""
    with np.errstate(all="ignore"):
        theirs = case.peer(*[source[name][result.rows] for name in case.columns])
    yield Check("out", far(result.columns["out"], theirs), case.bound)
