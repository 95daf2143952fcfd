"""What was compared, and how far apart two results are."""

import json

import numpy as np


class Report:
    """Differences against their tolerances: printed as they come, kept as JSON."""

    def __init__(self, widths=(22, 26, 26)):
        self.widths = widths
        self.rows = []
        self.skipped = []

    def add(self, data, model, what, difference, tolerance, why="", **figures):
        ok = bool(difference <= tolerance)
        row = {"data": data, "model": model, "what": what, "difference": float(difference)}
        self.rows.append(row | {"tolerance": tolerance, "ok": ok} | ({"why": why} if why else {}) | figures)
        told = "  ".join([f"{name} {value:.4f}" for name, value in figures.items()] + [why] * bool(why))
        mark = "ok  " if ok else "MISS"
        names = " ".join(f"{name:<{width}}" for name, width in zip((data, model, what), self.widths))
        print(f"{mark} {names} {difference:9.2e} (≤ {tolerance:.2g})  {told}".rstrip(), flush=True)

    def skip(self, what, why):
        self.skipped.append({"what": what, "why": why})
        print(f"skip {what}: {why}", flush=True)

    def finish(self, path):
        """Writes the rows and gives the exit code."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(self.rows, indent=1) + "\n")
        missed = sum(not row["ok"] for row in self.rows)
        skipped = f", {len(self.skipped)} skipped" if self.skipped else ""
        print(f"{len(self.rows) - missed} of {len(self.rows)} agree{skipped}; details in {path}")
        return 1 if missed else 0


def far(ours, theirs):
    """The largest difference, relative to the largest figure where that exceeds 1."""
    ours, theirs = np.asarray(ours, float), np.asarray(theirs, float)
    return np.max(np.abs(ours - theirs)) / max(1.0, np.max(np.abs(theirs)))
