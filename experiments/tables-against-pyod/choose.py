"""Which settings of the table detectors are best, judged on tables that `run.py` does not measure?

Wine and iris from scikit-learn, and the handwritten digits 5 to 9, of which `run.py` takes none as
normal: each class is normal once, and the others are anomalous.

    python experiments/tables-against-pyod/choose.py

Results: choice.json beside this file, and the table on the screen.
"""

import json
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from sklearn.datasets import load_digits, load_iris, load_wine

from kizu.evaluation.detection import auroc

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "benchmarks"))
from _table_contestants import Table, ours, split_rows  # noqa: E402

SEEDS = range(5)
SOURCES = (
    ("wine", load_wine, range(3)),
    ("iris", load_iris, range(3)),
    ("digits 5 to 9", load_digits, range(5, 10)),
)
SHAPES = ([64, 32], 32), ([64], 32), ([64], 16)
GRID: dict[str, list[dict[str, Any]]] = {
    "autoencoder": [
        {"widths": widths, "latent_dim": latent_dim, "learning_rate": rate, "noise": 0.0}
        for (widths, latent_dim), rate in product(SHAPES, (5e-4, 2e-3, 1e-2))
    ]
    + [{"noise": noise} for noise in (0.25, 0.5, 1.0, 2.0, 4.0)],
    "support_vector": [{"outlier_share": share} for share in (0.01, 0.1, 0.5)],
    "neighbors": [{"neighbors": count} for count in (3, 5, 10, 20)],
    "covariance": [{"still_variance": share} for share in (0.1, 1.0, 10.0, 100.0, 1000.0)],
}


def main() -> None:
    """Fit every setting to every table, and write how it does."""
    torch.set_num_threads(1)
    rows: list[dict[str, Any]] = []
    for name, seed, table in tables():
        for detector, choices in GRID.items():
            for changes in choices:
                found = auroc(table.is_anomaly, ours(detector, seed, table, **changes))
                settings = json.dumps(changes)
                rows.append(
                    {"table": name, "detector": detector, "settings": settings, "auroc": found}
                )
    means = pd.DataFrame(rows).pivot_table(
        index=["detector", "settings"], columns="table", values="auroc", sort=False
    )
    means["mean"] = means.mean(axis=1)
    records = means.round(5).reset_index().to_dict("records")
    (HERE / "choice.json").write_text(json.dumps(records, indent=1) + "\n")
    print(summary(means))


def tables() -> Iterator[tuple[str, int, Table]]:
    """Yield the source's name, the seed and the table, of every class that is normal."""
    for name, load, classes in SOURCES:
        rows, labels = load(return_X_y=True)
        known = np.isin(labels, list(classes))
        for normal, seed in product(classes, SEEDS):
            yield name, seed, split_rows(rows[known], labels[known] == normal, seed)
        print(f"{name}: done", file=sys.stderr, flush=True)


def summary(means: pd.DataFrame) -> str:
    """AUROC of every setting as Markdown."""
    lines = [f"| detector | settings | {' | '.join(means.columns)} |"]
    lines.append(f"|---|---|{'---:|' * len(means.columns)}")
    for (detector, settings), row in means.iterrows():  # type: ignore[misc]
        lines.append(f"| {detector} | {settings} | {' | '.join(f'{v:.3f}' for v in row)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
