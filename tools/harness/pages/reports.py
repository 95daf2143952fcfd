"""Opens reports of trainings in headless Chromium: tools/harness/pages/reports.py [--artifact PROGRAM] [--output FOLDER]

Each is opened in the window of a telephone and of a desk, in light and in dark, and printed. It must say nothing on the
console, ask for nothing, be no wider than the window, nor a table than its box, and have at most 500 kB. Screenshots are left in target/report/, for
people to look at: whether a page is pleasant no program can say. Without Chromium the page is not opened, and a line says
so. Ends with 1 if something is wrong.
"""

import argparse
import json
import pathlib
import shutil
import subprocess
import sys

import browser
import tables

ROOT = pathlib.Path(__file__).resolve().parents[3]
WINDOWS = [("phone", 390, 844), ("desk", 1280, 900)]
MOST_BYTES = 500_000


def trained(program, folder):
    """The reports by name, trained anew."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    jobs = folder / "jobs.json"
    jobs.write_text(json.dumps([tables.job(name, folder) for name in tables.REPORTS]))
    done = subprocess.run([program, jobs], capture_output=True, text=True)
    told = done.stdout.splitlines()
    if done.returncode != 0 or told != ["ok"] * len(tables.REPORTS):
        sys.exit(f"{program} failed: {told} {done.stderr}")
    return {name: folder / name / "report.html" for name in tables.REPORTS}


def looked_at(chromium, name, path, folder):
    """What is wrong with a report."""
    wrong = []
    for window, width, height in WINDOWS:
        for scheme in ("light", "dark"):
            page = chromium.open(path, width, height, scheme)
            if page.overflow() > 0:
                wrong.append(f"{window}: {page.overflow()} px wider than the window")
            if page.cut():
                wrong.append(f"{window}: tables are {page.cut()} px wider than their boxes")
            page.screenshot(folder / f"{name}-{window}-{scheme}.png")
            if (window, scheme) == ("desk", "light"):
                page.printed(folder / f"{name}.pdf")
            wrong += [f"{window}, {scheme}: on the console: {told}" for told in page.console()]
            wrong += [f"{window}, {scheme}: asked for {url}" for url in page.requests()]
            page.close()
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--artifact", help="the program that trains; it is built if none is named")
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "target/report")
    options = parser.parse_args()
    if not options.artifact:
        subprocess.run(["cargo", "build", "--quiet", "--workspace", "--bin", "artifact"], cwd=ROOT, check=True)
        options.artifact = ROOT / "target/debug/artifact"
    program = browser.found()
    if not program:
        print("skipped: there is no Chromium; set TRAINYARD_CHROMIUM to one")
        return 0
    reports = trained(options.artifact, options.output)
    failed = False
    with browser.started(program) as chromium:
        for name, path in reports.items():
            wrong = looked_at(chromium, name, path, options.output)
            size = path.stat().st_size
            if size > MOST_BYTES:
                wrong.append(f"it has {size} bytes")
            print(f"{name:<12} {size / 1000:>6.0f} kB  {'; '.join(wrong) or 'sound'}")
            failed = failed or bool(wrong)
    print(f"look at the screenshots in {options.output}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
