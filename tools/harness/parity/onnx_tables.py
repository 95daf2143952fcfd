"""The tables that onnx.py trains on and predicts: columns by name, None where a cell is empty."""

import numpy as np

TRAINED = 1500
PREDICTED = 10_000
CITIES = ["Bern", "Graz", "Lyon", "Århus", "O'Hare, \"IL\""]
TARGETS = ("two", "three", "number")


def plain(random, rows):
    """Numbers without holes, none negative."""
    return {f"x{j}": list(random.gamma(2.0, 1.0 + j, rows).round(4)) for j in range(5)}


def messy(random, rows):
    """Numbers on several scales, whole numbers, truths, texts and dates, all with holes."""
    columns = {
        "age": list(random.normal(45, 12, rows).round(1)),
        "income": list(np.exp(random.normal(8, 1, rows)).round(2)),
        "tiny": list(1e-6 * random.normal(size=rows)),
        "rooms": [int(n) for n in random.integers(0, 9, rows)],
        "shift": list((1e6 + random.normal(size=rows)).round(3)),
        "member": [str(bool(n)).lower() for n in random.integers(0, 2, rows)],
        "city": [CITIES[n] for n in random.integers(0, 5, rows)],
        "code": [f"c{n}" for n in random.geometric(0.3, rows)],
        "spelled": [spelled(random) for _ in range(rows)],
        "answer": [["yes", "No", " TRUE ", "off!", "perhaps"][n] for n in random.integers(0, 5, rows)],
        "whole": list(random.normal(size=rows).round(6)),
    }
    for name in list(columns)[:-1]:
        columns[name] = holed(random, columns[name])
    # Few numbers, with fractions.
    columns["stars"] = [(2 + 7 * row % 9) / 2 for row in range(rows)]
    return columns


def digits(random, rows):
    """Numbers whose shortest spelling is hard to find: of any bits, powers of two with their neighbours, powers of ten, the
    least there are, whole numbers from which on not all have a double, prices."""
    bits = random.integers(0, 2**64, rows, dtype=np.uint64).view(float)
    two, ten = np.ldexp(1.0, random.integers(-1074, 1024, rows)), 10.0 ** random.integers(-323, 309, rows).astype(float)
    least = 5e-324 * random.integers(1, 2000, rows)
    great = 2.0**53 + random.integers(-9, 9, rows)
    ways = [bits, two, np.nextafter(two, 0), np.nextafter(two, 1e308), ten, -ten, least, great, random.normal(0, 99, rows).round(2)]
    numbers = np.choose(random.integers(0, len(ways), rows), ways)
    return {"hard": list(np.where(np.isfinite(numbers), numbers, -0.0))}


# Words that are near to each other, of letters of one to four bytes, and control characters.
WORDS = ["straße", "Bern", "bern", "a", "aa", "é", "\u0301e", "京都", "京", "🎉", "x\x01y", "\x1f", "\u200b", "Zürich", "O'Hare,", "z"]
SPACES = [" ", " ", "  ", "\t", "\x0b", "\x85", "\u00a0", "\u1680", "\u2003", "\u2028", "\u3000"]
# The first and the last letter of each number of bytes, and those beside the ones that are none.
ENDS = [0x7F, 0x80, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFF, 0x10000, 0x10FFFF]


def phrases(random, rows):
    """Pairs of texts, half of them alike: words between all kinds of white space, letters from all of Unicode, long ones."""
    said = [phrase(random) for _ in range(rows)]
    heard = [misheard(random, text) if random.uniform() < 0.5 else phrase(random) for text in said]
    # Spaces and tabs alone are an empty cell in a CSV file.
    columns = {name: [text if text.strip(" \t") else None for text in texts] for name, texts in (("said", said), ("heard", heard))}
    return columns | {"length": [float(len(text)) for text in said]}


def phrase(random):
    way = random.uniform()
    if way < 0.1:
        return str(random.choice(SPACES)) * 2
    if way < 0.3:
        return "".join(letter(random) for _ in range(random.integers(1, 25)))
    count = 40 if way > 0.99 else random.integers(1, 7)
    return "".join(f"{random.choice(WORDS)}{random.choice(SPACES)}" for _ in range(count)) + str(random.choice(["", "a"]))


def letter(random):
    if random.uniform() < 0.2:
        return chr(random.choice(ENDS))
    code = int(random.integers(1, 256 ** random.integers(1, 4)) % 0x110000)
    return "\ufffd" if 0xD800 <= code < 0xE000 else chr(code)


def misheard(random, text):
    """A text with a few letters changed or left out, or its words in another order."""
    if random.uniform() < 0.4:
        return " ".join(random.permutation(text.split())) or text
    letters = list(text)
    for at in random.integers(0, len(letters), 3):
        letters[at] = random.choice(["", letter(random), "a"])
    return "".join(letters)


def spelled(random):
    """A number as people write it, or no number."""
    number = random.normal() * 10.0 ** random.integers(-3, 4)
    ways = [f"{number:.3f}", f" {number:.4e} ", f"{number:+.0f}", "n/k", "1e", "12 kg", ".5", "7."]
    return ways[random.integers(0, len(ways))]


def holed(random, values, share=0.08):
    return [None if hole else value for value, hole in zip(values, random.uniform(size=len(values)) < share)]


def with_targets(random, columns):
    """The columns and three targets that depend on them: two classes, three, a number."""
    known = [column for column in columns.values() if isinstance(next(v for v in column if v is not None), (int, float))]
    score = np.zeros(len(known[0]))
    for place, column in enumerate(known):
        values = np.array([np.nan if value is None else value for value in column], float)
        values = values.clip(-1e9, 1e9)
        spread = np.nanstd(values) or 1.0
        score += (-1) ** place * np.nan_to_num((values - np.nanmean(values)) / spread)
    if "city" in columns:
        score += [1.5 if city == "Bern" else 0.0 for city in columns["city"]]
    score += 0.3 * random.normal(size=len(score))
    thirds = np.quantile(score, [0.3, 0.7])
    return columns | {
        "two": ["yes" if s > 0 else "no" for s in score],
        "three": [int(10 * c) for c in np.digitize(score, thirds)],
        "number": list((3 * score + 10).round(5)),
    }


def trained(make):
    random = np.random.default_rng(21)
    return with_targets(random, make(random, TRAINED))


def predicted(make):
    """Rows of the same kind, half of their cells as in training, so that they lie on the very values a tree has seen;
    with holes in every column, categories never seen, and numbers far beyond the others."""
    random = np.random.default_rng(22)
    seen, fresh = trained(make), make(random, PREDICTED)
    columns = {}
    for name, values in fresh.items():
        again = random.integers(0, TRAINED, PREDICTED)
        old = random.uniform(size=PREDICTED) < 0.5
        values = [seen[name][at] if is_old else value for value, at, is_old in zip(values, again, old)]
        columns[name] = [odd(random, value) for value in holed(random, values, 0.02)]
    return columns


def odd(random, value):
    if value is None or random.uniform() > 0.02:
        return value
    if isinstance(value, str):
        return value if value in ("true", "false") else ["Überall", "bern", "\u4eac"][random.integers(0, 3)]
    if isinstance(value, int):
        return int(random.choice([-3, 0, 1000]))
    return float(random.choice([-1e9, -1.0, 0.0, 1e9]))
