"""A value of every dataset: ``python samples.py FOLDER`` saves them all there."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from kedro.io import AbstractDataset
from matplotlib.figure import Figure
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest
from sklearn.pipeline import make_pipeline

from kizu.datasets.csv import CsvDataset
from kizu.datasets.figure import FigureDataset
from kizu.datasets.folder import FolderDataset
from kizu.datasets.image import ImageDataset
from kizu.datasets.json import JsonDataset
from kizu.datasets.model import ModelDataset
from kizu.datasets.npy import NpyDataset
from kizu.datasets.parquet import ParquetDataset
from kizu.datasets.skops import SkopsDataset
from kizu.datasets.text import TextDataset


def table() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "id": ["007", "NA", "", 'quo"te, and\nline feed', "傷"],
            "count": [1, 2, 3, 4, 5],
            "score": [0.1, None, 1e-300, 1 / 3, -0.0],
            "flag": [True, False, True, False, True],
        }
    )


def figure() -> Figure:
    drawing = Figure(layout="constrained")
    drawing.add_subplot().plot([1, 3, 2], label="線")
    return drawing


def detector() -> Any:
    data = np.random.default_rng(0).normal(size=(60, 4))
    return make_pipeline(PCA(2), IsolationForest(n_estimators=3, random_state=0)).fit(data)


def model() -> dict[str, Any]:
    return {
        "config": {"generator": {"width": 3, "channels": [1, 2]}, "class_names": ["b", "a"]},
        "tensors": {
            "transposed": np.arange(12, dtype=np.float32).reshape(3, 4).T,
            "step": np.array(7),
            "empty": np.zeros((0, 3), np.float32),
            "half": np.ones(3, np.float16),
        },
    }


TREE = "sklearn.tree._tree.Tree"

SAMPLES: dict[str, tuple[Callable[[Path], AbstractDataset], Callable[[], Any]]] = {
    "array.npy": (lambda path: NpyDataset(filepath=path), lambda: np.eye(3)[:, ::2]),
    "document.json": (
        lambda path: JsonDataset(filepath=path),
        lambda: {name: [1, 2.5, None, True] for name in {"b", "a", "傷"}},
    ),
    "table.parquet": (lambda path: ParquetDataset(filepath=path), table),
    "table.csv": (lambda path: CsvDataset(filepath=path, text=["id"]), table),
    "figure.png": (lambda path: FigureDataset(filepath=path), figure),
    "image.png": (
        lambda path: ImageDataset(filepath=path),
        lambda: np.arange(60, dtype=np.uint8).reshape(4, 5, 3),
    ),
    "folder": (
        lambda path: FolderDataset(filepath=path),
        lambda: {"b/2.bin": b"2", "a.bin": lambda: b"1"},
    ),
    "model": (lambda path: ModelDataset(filepath=path), model),
    "detector.skops": (lambda path: SkopsDataset(filepath=path, trusted=[TREE]), detector),
    "page.html": (lambda path: TextDataset(filepath=path), lambda: "傷\r\n"),
}


if __name__ == "__main__":
    for name, (dataset, value) in SAMPLES.items():
        dataset(Path(sys.argv[1], name)).save(value())
