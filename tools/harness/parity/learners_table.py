"""The results of learners.py as people read them: a line of text for each row, and the table of docs/BENCHMARKS.md."""

import importlib.metadata
import os
import pathlib
import platform
import re
import subprocess

START, END = "<!-- learners -->", "<!-- end of learners -->"
HEAD = f"{'data':<24} {'model':<34} {'against':<13} {'fit s':>17} {'ratio':>6} {'≥':>4} {'predict s':>17} {'ratio':>6} {'quality':>15} {'loss':>17} {'MiB':>11} {'ratio':>6} {'a row':>9}"


def shown(row, case):
    model = row["model"] + (f", {row['setting']}" if row["setting"] else "")
    start = f"{row['data']:<24} {model:<34} "
    if row["status"] != "measured":
        return start + row["status"]
    ours = row["ours"]
    if row["peer"] is None:
        told = f"{'':<13} {ours['fit_s']:8.3g} s, {ours['rss_above_data_mib']:.0f} MiB above the data, quality {ours['quality']:.4f}"
        return start + told + missed(row)
    theirs = row["peer_figures"]
    pair = lambda key, digits: f"{ours[key]:{digits}}/{theirs[key]:{digits}}"
    loss = pair(case.loss, "8.4f") if case.loss in ours and case.loss in theirs else ""
    target = "" if row["target"] is None else f"{row['target']:.1f}"
    return (
        start + f"{row['peer']:<13} {pair('fit_s', '8.4f'):>17} {row['ratio_fit']:6.2f} {target:>4} "
        f"{pair('predict_s', '8.4f'):>17} {row['ratio_predict']:6.2f} {pair('quality', '7.4f'):>15} {loss:>17} "
        f"{pair('rss_mib', '5.0f'):>11} {row['ratio_rss']:6.2f} {ours['row_us']:6.0f} µs{missed(row)}"
    )


def missed(row):
    return "" if row["met"] else "  MISS: " + ", ".join(row["missed"])


def replace(document, rows, rounds):
    """Puts the table and the machine's name between the marks of a Markdown document."""
    text = document.read_text()
    before, rest = text.split(START)
    _, after = rest.split(END)
    document.write_text(before + START + "\n\n" + machine(rounds) + "\n\n" + markdown(rows) + "\n" + END + after)


def machine(rounds):
    info = open("/proc/cpuinfo").read()
    processor = re.search(r"model name\s*: (.*)", info)
    flags = set(re.search(r"flags\s*: (.*)", info).group(1).split()) if "flags" in info else set()
    widest = next((name for flag, name in (("avx512f", "AVX-512"), ("avx2", "AVX2")) if flag in flags), "no AVX2")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("scikit-learn", "lightgbm", "numpy"))
    name = processor.group(1) if processor else platform.machine()
    return (
        f"Measured on {os.cpu_count()} cores of an {name} ({widest}) with {memory:.0f} GiB, Linux, Python "
        f"{platform.python_version()}, {versions}; medians of {rounds} rounds, commit {commit()}."
    )


def commit():
    """What was measured."""
    asked = ["git", "describe", "--always", "--dirty"]
    told = subprocess.run(asked, cwd=pathlib.Path(__file__).parent, capture_output=True, text=True)
    return told.stdout.strip() or "unknown"


def markdown(rows):
    lines = [
        "| data | model | against | fit s | ratio | wanted | predict s | ratio | quality | loss | MiB | ratio | MiB above the data | a row, µs | missed |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        model = row["model"] + (f", {row['setting']}" if row["setting"] else "")
        start = f"| {row['data']} | {model} | "
        if row["status"] != "measured":
            lines.append(start + f"{row['status']} | | | | | | | | | | | | |")
            continue
        ours, theirs = row["ours"], row.get("peer_figures")
        alone = f"{ours['rss_above_data_mib']:.0f} | {ours['row_us']:.1f} | {', '.join(row['missed'])} |"
        if theirs is None:
            lines.append(start + f"– | {ours['fit_s']:.3g} | | | {ours['predict_s']:.3g} | | {ours['quality']:.4f} | | {ours['rss_mib']:.0f} | | {alone}")
            continue
        pair = lambda key, digits: f"{ours[key]:{digits}} / {theirs[key]:{digits}}"
        loss = next((pair(key, ".4f") for key in ("brier", "log_loss", "rmse") if key in ours and key in theirs), "")
        wanted = "" if row["target"] is None else f"≥ {row['target']:g}" + (" (predict)" if row["judged_by"] == "predict" else "")
        cells = [
            row["peer"], pair("fit_s", ".3g"), f"{row['ratio_fit']:.1f}", wanted, pair("predict_s", ".3g"),
            f"{row['ratio_predict']:.1f}", pair("quality", ".4f"), loss, pair("rss_mib", ".0f"), f"{row['ratio_rss']:.1f}",
        ]
        lines.append(start + " | ".join(cells) + f" | {alone}")
    return "\n".join(lines) + "\n"
