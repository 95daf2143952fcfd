"""Turns trainctl's list of jobs into the demonstration's summary.json and a table.

    demo_summary.py JOBS SUMMARY GRAPHS    JOBS is the output of `trainctl --json list`, GRAPHS the number of graphs
                                           submitted; ends 0 if each has jobs and every job succeeded
    demo_summary.py --first SUMMARY        prints the first model's directory
"""

import json
import sys
import urllib.parse

# The metrics worth a column, where a job has them.
SHOWN = ["accuracy", "f1_weighted", "roc_auc", "r2", "rmse", "mae"]


def entry(job):
    """What is kept of a job."""
    artifact = job.get("artifact") or {}
    return {
        "job_id": job["job_id"],
        "model_type": job["model_type"],
        "version": int(job["version"]),
        "state": job["state"],
        "metrics": job.get("metrics") or {},
        "artifact_dir": urllib.parse.unquote(urllib.parse.urlparse(artifact.get("uri", "")).path),
    }


def table(jobs, entries):
    """The lines of the table: the metrics on the test rows."""
    head = ["data set", "model", "version", "state", *SHOWN]
    rows = [head]
    for job, kept in zip(jobs, entries):
        test = kept["metrics"].get("test", {})
        rows.append([
            job["dataset_source_id"], kept["model_type"], f"v{kept['version']}", kept["state"],
            *(f"{test[name]:.4f}" if name in test else "-" for name in SHOWN),
        ])
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]


def main(arguments):
    if arguments[0] == "--first":
        with open(arguments[1], encoding="utf-8") as file:
            print(next(kept["artifact_dir"] for kept in json.load(file) if kept["artifact_dir"]))
        return 0
    source, target, graphs = arguments
    with open(source, encoding="utf-8") as file:
        # Newest first in the list; the summary tells them in the order they were submitted.
        jobs = sorted(json.load(file)["jobs"], key=lambda job: job["job_id"])
    entries = [entry(job) for job in jobs]
    with open(target, "w", encoding="utf-8") as file:
        json.dump(entries, file, indent=2)
        file.write("\n")
    print("\nMetrics on the test rows:")
    print("\n".join(table(jobs, entries)))
    print("\nThe models:")
    for job, kept in zip(jobs, entries):
        name = f"{job['dataset_source_id']} {kept['model_type']} v{kept['version']}"
        print(f"  {name}: {kept['artifact_dir'] or 'none'}")
    complete = len({job["dataset_source_id"] for job in jobs}) == int(graphs)
    return 0 if complete and all(kept["state"] == "SUCCEEDED" for kept in entries) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
