"""The tables that nodes.py sends through both sides; every one has a column named target."""

import functools

import numpy as np

ROWS = 400
NUMBERS = ("plain", "skewed", "far", "whole")
SCALED = NUMBERS + ("constant",)
ODD = ("count", "two", "tiny", "huge", "spike")


def table(make):
    """Made once; the same table every time."""
    return functools.cache(make)


def numbers_with(missing):
    random = np.random.default_rng(5)
    columns = {
        "plain": random.normal(size=ROWS),
        "skewed": np.exp(random.normal(size=ROWS)),
        "far": 1e6 + random.normal(size=ROWS),
        "whole": random.integers(0, 9, ROWS).astype(float),
        "constant": np.full(ROWS, 2.5),
    }
    for column in list(columns)[:4]:
        columns[column] = np.where(random.uniform(size=ROWS) < missing, np.nan, columns[column])
    columns["target"] = random.integers(0, 2, ROWS)
    return columns


@table
def numbers():
    """Normal, skewed, shifted, whole and constant columns."""
    return numbers_with(0.0)


@table
def holed():
    """The same with holes."""
    return numbers_with(0.15)


@table
def odd():
    """Whole numbers, two values, tiny and huge ones, and a column that is 0 but for a few; all with holes."""
    random = np.random.default_rng(14)
    columns = {
        "count": random.integers(-50, 1000, ROWS).astype(object),
        "two": random.integers(0, 2, ROWS).astype(object),
        "tiny": 1e-12 * random.normal(size=ROWS),
        "huge": 1e12 * random.normal(size=ROWS),
        "spike": np.where(random.uniform(size=ROWS) < 0.9, 0.0, random.normal(size=ROWS)),
    }
    for column, values in columns.items():
        holes = random.uniform(size=ROWS) < 0.1
        columns[column] = np.where(holes, None if values.dtype == object else np.nan, values)
    return columns | {"target": random.integers(0, 2, ROWS)}


@table
def correlated():
    """Columns that tell about each other, with holes."""
    random = np.random.default_rng(6)
    base = random.normal(size=(ROWS, 2))
    mixed = base @ random.normal(size=(2, 4)) + 0.1 * random.normal(size=(ROWS, 4))
    mixed[random.uniform(size=mixed.shape) < 0.1] = np.nan
    return {f"c{j}": mixed[:, j] for j in range(4)} | {"target": random.integers(0, 2, ROWS)}


@table
def ellipse():
    """Correlated columns, some rows of which lie far off the others though no single value does."""
    random = np.random.default_rng(7)
    x = random.normal(size=(ROWS, 1)) + 0.3 * random.normal(size=(ROWS, 3))
    x[:20] = random.normal(size=(20, 3)) * 1.5
    return {f"x{j}": x[:, j] for j in range(3)} | {"target": random.integers(0, 2, ROWS)}


@table
def words():
    """Text with holes and rare values, so that test rows hold values training rows do not."""
    random = np.random.default_rng(8)
    city = random.choice(["Bern", "Graz", "Lyon", "Århus"], ROWS).astype(object)
    city[random.uniform(size=ROWS) < 0.1] = None
    rare = np.array([f"r{n}" for n in random.geometric(0.12, ROWS)], dtype=object)
    y = (random.uniform(size=ROWS) < np.where(city == "Bern", 0.8, 0.3)).astype(int)
    return {"city": city, "rare": rare, "target": y}


@table
def words_three():
    return words() | {"target": np.random.default_rng(9).integers(0, 3, ROWS)}


@table
def words_number():
    random = np.random.default_rng(13)
    return words() | {"target": np.where(words()["city"] == "Bern", 2.0, 0.5) + random.normal(size=ROWS)}


@table
def informative():
    """Features that tell about the class to different degrees; none is negative."""
    random = np.random.default_rng(10)
    y = random.integers(0, 3, ROWS)
    x = {f"x{j}": np.abs(random.normal(size=ROWS) + y * (0.5 if j % 3 == 0 else 0.02 * j)) for j in range(12)}
    return x | {"target": y}


@table
def linear():
    """Features that tell about a number to different degrees."""
    random = np.random.default_rng(11)
    x = random.normal(size=(ROWS, 10))
    y = x @ np.array([3, 0, 0, 1.5, 0, 0, 0.3, 0, 0, 0.1]) + random.normal(size=ROWS)
    return {f"x{j}": x[:, j] for j in range(10)} | {"target": y}


@table
def uneven():
    """Three classes of very different size."""
    random = np.random.default_rng(12)
    y = random.choice(3, ROWS, p=[0.7, 0.2, 0.1])
    x = random.normal(size=(ROWS, 3)) + y[:, None]
    return {f"x{j}": x[:, j] for j in range(3)} | {"target": y}
