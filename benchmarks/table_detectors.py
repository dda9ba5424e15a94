"""Fitting and scoring every table detector, and pyod's detector of the same method.

Three tables: breast cancer and handwritten zeros from scikit-learn, and the built-in machine
telemetry. Both sides fit the same normal rows and score the same test rows. pyod scores its
training rows while it fits, to set a threshold; that is part of its ``fit``, and counts.

    pip install --no-deps pyod==3.6.7
    kizu run ingest_tables && kizu run tables
    python benchmarks/table_detectors.py

Results: results/table_detectors_<table>.json. How well both detect is measured by
experiments/tables-against-pyod.
"""

import argparse
import json
from statistics import median

import torch
from _table_contestants import DETECTORS, TABLES, runs, split_table
from _timing import RESULTS, interleave, machine, require, speedup

GOAL = 1.2


def main() -> None:
    """Parse the command line, then run both sides of every detector in turn."""
    parser = argparse.ArgumentParser(description="Table detectors, side by side.")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tables", nargs="+", choices=TABLES, default=list(TABLES))
    options = parser.parse_args()
    require("pyod", "Install it with: pip install --no-deps pyod==3.6.7")
    torch.set_num_threads(1)
    for name in options.tables:
        compare(name, options.rounds)


def compare(name: str, rounds: int) -> None:
    """Time all pairs on one table, print them, and write the result."""
    table = split_table(name, seed=0)
    title = (
        f"Fit {len(table.train)} rows of {table.train.shape[1]} features and score "
        f"{len(table.test)}: {name}"
    )
    print(f"\n{title}\n  {'':16}  kizu s  pyod s   ratio  at most")
    rows = {}
    for detector in DETECTORS:
        seconds = interleave(runs(detector, table), rounds)
        rows[detector] = {
            **{f"{side}_median_seconds": round(median(own), 4) for side, own in seconds.items()},
            "ratio": round(1 / speedup(seconds, "pyod", "kizu"), 3),
            "goal": GOAL,
        }
        print(
            f"  {detector:16} {rows[detector]['kizu_median_seconds']:7.4f} "
            f"{rows[detector]['pyod_median_seconds']:7.4f} {rows[detector]['ratio']:7.3f} {GOAL:8}",
            flush=True,
        )
    result = {"title": title, "rounds": rounds, "machine": machine(), "rows": rows}
    path = RESULTS / f"table_detectors_{name}.json"
    path.write_text(json.dumps(result, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    print(f"\n  written to benchmarks/results/{path.name}")


if __name__ == "__main__":
    main()
