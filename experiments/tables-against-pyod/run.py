"""Do the table detectors find anomalies as well as pyod's of the same method?

Breast cancer and handwritten digits from scikit-learn, one digit against the rest, and the
built-in machine telemetry, under five splits. Half of the normal rows are fitted on.

    pip install --no-deps pyod==3.6.7
    kizu run ingest_tables && kizu run tables
    python experiments/tables-against-pyod/run.py

Results: results.json beside this file, and the table on the screen. How long both take:
benchmarks/table_detectors.py, from which the contestants come.
"""

import json
import sys
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from kizu.evaluation.detection import auroc

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "benchmarks"))
from _table_contestants import DETECTORS, SIDES, TABLES, split_table  # noqa: E402

SEEDS = range(5)


def main() -> None:
    """Fit every detector of both sides to every table and split, and write what was measured."""
    torch.set_num_threads(1)
    rows: list[dict[str, Any]] = []
    for name, seed in product(TABLES, SEEDS):
        table = split_table(name, seed)
        for detector, (side, run) in product(DETECTORS, SIDES.items()):
            found = auroc(table.is_anomaly, run(detector, seed, table))
            row = {"table": name, "seed": seed, "detector": detector, "side": side, "auroc": found}
            rows.append(row)
        print(f"{name}, seed {seed}: done", file=sys.stderr, flush=True)
        (HERE / "results.json").write_text(json.dumps(rows) + "\n")
    print(summary(rows))


def summary(rows: list[dict[str, Any]]) -> str:
    """The results as Markdown: AUROC, kizu's before pyod's, mean over the splits."""
    means = pd.DataFrame(rows).groupby(["detector", "table", "side"])["auroc"].mean()
    lines = [f"| detector | {' | '.join(TABLES)} |", f"|---|{'---:|' * len(TABLES)}"]
    for detector in DETECTORS:
        cells = []
        for name in TABLES:
            ours, theirs = (means[detector, name, side] for side in ("kizu", "pyod"))
            mark = "" if np.round(ours, 3) >= np.round(theirs, 3) else " (less)"
            cells.append(f"{ours:.3f} against {theirs:.3f}{mark}")
        lines.append(f"| {detector} | {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
