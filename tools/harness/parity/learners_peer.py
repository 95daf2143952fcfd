"""One fit of someone else's estimator, timed: `learners_peer.py JOB.json`. It imports no more than that needs, because
its peak memory is measured."""

import importlib
import json
import sys
import time
import warnings

import numpy as np


def main():
    job = json.loads(open(sys.argv[1]).read())
    module, name = job["estimator"].rsplit(".", 1)
    module = module if module == "lightgbm" else f"sklearn.{module}"
    estimator = getattr(importlib.import_module(module), name)
    x, y, test = np.load(job["train_x"]), np.load(job["train_y"]), np.load(job["test_x"])
    at_start = memory("VmRSS")
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        fit_s, fitted = timed(job["repeat_s"], lambda: estimator(**job["parameters"]).fit(x, y))
        fit_warnings = sorted({str(one.message).splitlines()[0] for one in told})
    predict = getattr(fitted, "predict_proba", fitted.predict)
    with warnings.catch_warnings():
        # LightGBM fits without names and then misses them.
        warnings.simplefilter("ignore")
        predict_s, predicted = timed(job["repeat_s"], lambda: predict(test))
        peak = memory("VmHWM")
        rows = [time_of(lambda: predict(test[i : i + 1])) for i in range(20)]
    np.save(job["predictions"], predicted)
    answer = {"fit_s": fit_s, "predict_s": predict_s, "rss_mib": peak, "data_mib": at_start}
    print(json.dumps(answer | {"row_us": 1e6 * float(np.median(rows)), "warnings": fit_warnings}))


def timed(repeat_s, work):
    """How long each repetition took, and the last result."""
    started, seconds = time.perf_counter(), []
    while True:
        start = time.perf_counter()
        last = work()
        seconds.append(time.perf_counter() - start)
        if time.perf_counter() - started >= repeat_s or len(seconds) == 100:
            return seconds, last


def time_of(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def memory(name):
    """A figure of this process's memory as the kernel tells it, in MiB."""
    line = next(line for line in open("/proc/self/status") if line.startswith(name))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    main()
