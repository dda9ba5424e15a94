"""Do the table detectors find anomalies as well as pyod's of the same method, and as quickly?

Breast cancer and handwritten digits from scikit-learn, one digit against the rest, and the
built-in machine telemetry, under five splits. Half of the normal rows are fitted on.

    pip install --no-deps pyod==3.6.7
    kizu run ingest_tables && kizu run tables
    python experiments/tables-against-pyod/run.py

Results: results.json beside this file, and the tables on the screen. Both sides take turns, the
first in every second split, after a run of each that does not count; seconds are the processor's,
which other programs change least. The contestants are those of benchmarks/table_detectors.py.
"""

import json
import sys
from itertools import product
from pathlib import Path
from time import process_time
from typing import Any

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
    for name, detector in product(TABLES, DETECTORS):
        for run in SIDES.values():
            run(detector, 0, split_table(name, 0))
        for seed in SEEDS:
            table = split_table(name, seed)
            sides = list(SIDES.items())
            for side, run in reversed(sides) if seed % 2 else sides:
                start = process_time()
                scores = run(detector, seed, table)
                seconds = round(process_time() - start, 4)
                identity = {"table": name, "detector": detector, "seed": seed, "side": side}
                found = auroc(table.is_anomaly, scores)
                rows.append({**identity, "auroc": found, "seconds": seconds})
        print(f"{name}, {detector}: done", file=sys.stderr, flush=True)
    (HERE / "results.json").write_text(json.dumps(rows) + "\n")
    wide = pd.DataFrame(rows).pivot(
        index=["table", "detector", "seed"], columns="side", values=["auroc", "seconds"]
    )
    for name in TABLES:
        print(f"\n{summary(name, wide.loc[name])}")


def summary(name: str, wide: pd.DataFrame) -> str:
    """One table's results as Markdown.

    Args:
        name: of the table.
        wide: a row a detector and split; AUROC and seconds of both sides.
    """
    lines = [f"| {name} | kizu | pyod | difference | time |", f"|---|{'---:|' * 4}"]
    for detector in DETECTORS:
        found, seconds = wide.loc[detector, "auroc"], wide.loc[detector, "seconds"]
        gain = found["kizu"] - found["pyod"]
        mark = " behind" if round(gain.mean(), 4) < 0 else ""
        lines.append(
            f"| {detector} | {found['kizu'].mean():.3f} | {found['pyod'].mean():.3f} "
            f"| {gain.mean():+.4f} ± {gain.std():.4f}{mark} "
            f"| {(seconds['kizu'] / seconds['pyod']).median():.2f} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
