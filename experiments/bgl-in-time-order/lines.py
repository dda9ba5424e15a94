"""The log, its tokens, and what the scripts beside this file share."""

from pathlib import Path

import numpy as np
import pandas as pd

from kizu.detection.text.windows import with_lines_before
from kizu.evaluation.detection import auroc
from kizu.lineage.configuration import config_loader
from kizu.lineage.project import Project
from kizu.pipelines.ingest_text.nodes import collect_text
from kizu.pipelines.ingest_text.parameters import IngestTextParameters
from kizu.pipelines.text.nodes import cut_documents, number_documents
from kizu.pipelines.text.parameters import TextParameters

HERE = Path(__file__).parent
_PROJECT = Project.at(HERE.parents[1])
BASE, PROFILE = (config_loader(_PROJECT, name)["parameters"] for name in ("base", "bgl"))


def bgl_lines() -> pd.DataFrame:
    """Return the lines with `text`, `label` and the rest that ingestion gives, in time order."""
    return collect_text(None, IngestTextParameters(**PROFILE["ingest_text"]))[0]


def prepared(lines: pd.DataFrame, known: int, text: TextParameters) -> np.ndarray:
    """Return the tokens of lines, of which the first ``known`` teach tokenizer and vocabulary."""
    shares = {
        # One of them is left out: a calibration split may not be empty.
        "train": (known - 1) / len(lines),
        "calibration": 1 / len(lines),
        "test": 1 - known / len(lines),
    }
    own = text.model_copy(update={"split": text.split.model_copy(update=shares)})
    ordered = lines.reset_index(drop=True).assign(position=np.arange(len(lines)))
    documents, index, _ = cut_documents(ordered, own)
    return with_lines_before(number_documents(documents, index, own)[0], 0)


def by_kind(labels: np.ndarray, values: np.ndarray) -> dict[str, float]:
    """Return the AUROC of each kind of alert against all normal lines."""
    normal = values[labels == "normal"]
    kinds = sorted(set(labels) - {"normal"})
    return {kind: against(normal, values[labels == kind]) for kind in kinds}


def against(normal: np.ndarray, anomalous: np.ndarray) -> float:
    """Return the AUROC of two sets of scores."""
    is_anomaly = np.repeat([0, 1], [len(normal), len(anomalous)])
    return auroc(is_anomaly, np.concatenate([normal, anomalous]))


def markdown(table: pd.DataFrame) -> str:
    """Return a table with three digits."""
    rounded = table.round(3).reset_index()
    head = "| " + " | ".join(rounded.columns) + " |"
    rule = "|" + "---|" * len(rounded.columns)
    body = ["| " + " | ".join(map(str, row)) + " |" for row in rounded.to_numpy()]
    return "\n".join([head, rule, *body])
