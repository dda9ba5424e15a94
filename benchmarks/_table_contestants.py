"""Table detectors of this package and of pyod, on the same rows.

pyod's have their defaults, ours the parameters of conf/base. What is trained takes the same number
of steps of the same batches on both sides.
"""

import importlib
import math
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import torch
import yaml
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.preprocessing import StandardScaler

from kizu.detection.packing import build_detector
from kizu.detection.tables.registry import TABLE_DETECTORS
from kizu.detection.variants import reseeded
from kizu.pipelines.detect_tables.parameters import DetectTablesParameters

ROOT = Path(__file__).parents[1]
STEPS, BATCH = 200, 32


class Table(NamedTuple):
    """Normal rows to fit on, rows to test, and which of those are anomalous."""

    train: np.ndarray
    test: np.ndarray
    is_anomaly: np.ndarray


def split_table(name: str, seed: int) -> Table:
    """Return half of the normal rows to fit on, and the others and all anomalous ones to test.

    Args:
        name: ``breast_cancer``, benign is normal; ``digits``, the seed's digit is normal;
            ``telemetry``, the built-in table as the stage `tables` left it, no failure is normal.
        seed: of the split.
    """
    if name == "telemetry":
        folder = ROOT / "data" / "05_model_input" / "tables"
        rows = np.load(folder / "features.npy")
        names = pd.read_parquet(folder / "index.parquet")["class_name"].to_numpy()
        return _split(rows, names == "0", seed)
    if name == "breast_cancer":
        rows, benign = load_breast_cancer(return_X_y=True)
        return split_rows(rows, benign == 1, seed)
    rows, digits = load_digits(return_X_y=True)
    return split_rows(rows, digits == seed, seed)


def split_rows(rows: np.ndarray, is_normal: np.ndarray, seed: int) -> Table:
    """Return half of the normal rows to fit on, and all others to test, scaled on the former.

    Args:
        rows: (N, F).
        is_normal: (N,) boolean.
        seed: of the split.
    """
    table = _split(rows, is_normal, seed)
    scaler = StandardScaler().fit(table.train)
    train, test = (scaler.transform(rows).astype(np.float32) for rows in table[:2])
    return Table(train, test, table.is_anomaly)


TABLES = ("breast_cancer", "telemetry", "digits")


def ours(detector: str, seed: int, table: Table, **changes: Any) -> np.ndarray:
    """Fit and score by this package, with the parameters of conf/base but for ``changes``."""
    parameters: Any = _stage().of(detector).model_copy(update=changes)
    if hasattr(parameters, "training"):
        training = parameters.training.model_copy(
            update={"steps": STEPS, "batch_size": BATCH, "device": "cpu"}
        )
        parameters = parameters.model_copy(update={"training": training})
    parameters = reseeded(parameters, seed) or parameters
    return build_detector(TABLE_DETECTORS, detector, parameters).fit(table.train).score(table.test)


@cache
def _stage() -> DetectTablesParameters:
    text = (ROOT / "conf" / "base" / "parameters_detect_tables.yml").read_text()
    return DetectTablesParameters(**yaml.safe_load(text)["detect_tables"])


def theirs(detector: str, seed: int, table: Table) -> np.ndarray:
    """Fit and score by pyod."""
    torch.manual_seed(seed)
    np.random.seed(seed)  # noqa: NPY002 - the stream that pyod draws from
    epochs = math.ceil(STEPS * BATCH / len(table.train))
    scores: np.ndarray = (
        _PYOD[detector](seed, epochs).fit(table.train).decision_function(table.test)
    )
    return scores


def _pyod(module: str, name: str, **options: Any) -> Any:
    return getattr(importlib.import_module(f"pyod.models.{module}"), name)(**options)


_PYOD: dict[str, Callable[[int, int], Any]] = {
    "autoencoder": lambda seed, epochs: _pyod(
        "auto_encoder", "AutoEncoder", epoch_num=epochs, random_state=seed, verbose=0
    ),
    # The same authors' successor of EfficientGAN; what it calls an epoch is one batch.
    "efficient_gan": lambda seed, epochs: _pyod("alad", "ALAD", epochs=STEPS),
    "forest": lambda seed, epochs: _pyod("iforest", "IForest", random_state=seed),
    "support_vector": lambda seed, epochs: _pyod("ocsvm", "OCSVM"),
    "covariance": lambda seed, epochs: _pyod("mcd", "MCD", random_state=seed),
    "ecod": lambda seed, epochs: _pyod("ecod", "ECOD"),
    "copod": lambda seed, epochs: _pyod("copod", "COPOD"),
    "outlier_factor": lambda seed, epochs: _pyod("lof", "LOF"),
    "neighbors": lambda seed, epochs: _pyod("knn", "KNN"),
}
DETECTORS = tuple(_PYOD)
SIDES: dict[str, Callable[[str, int, Table], np.ndarray]] = {"pyod": theirs, "kizu": ours}


def runs(detector: str, table: Table) -> dict[str, Callable[[], np.ndarray]]:
    """Both sides, ready to fit and score."""
    return {side: partial(run, detector, 0, table) for side, run in SIDES.items()}


def _split(rows: np.ndarray, is_normal: np.ndarray, seed: int) -> Table:
    order = np.random.default_rng(seed).permutation(np.flatnonzero(is_normal))
    train, normal = np.array_split(rows[order], 2)
    anomalous = rows[~is_normal]
    truth = np.repeat([0, 1], [len(normal), len(anomalous)])
    return Table(train, np.concatenate([normal, anomalous]), truth)
