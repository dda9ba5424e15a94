"""Made-up results of every stage, and the report on them."""

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner

from kizu.detection.conformal import conformal_p_values, conformal_threshold
from kizu.evaluation.detection import detection_metrics
from kizu.pipelines.report import create_pipeline
from kizu.pipelines.report.parameters import ReportParameters
from kizu.reporting.figures import confusion_matrix
from kizu.reporting.grids import image_grid
from kizu.reporting.image_figures import image_gallery, pixel_histogram
from kizu.reporting.pictures import encode_png

STAGES = ("ingest_images", "images", "classifier", "gan", "evaluate_generators", "detect_images")
DETECTORS = {"anogan": 2.0, "pixel_neighbors": 3.0}
NORMAL = ["0", "1"]
GROUPS = ("most_anomalous", "missed", "false_alarm")


@pytest.fixture(scope="session")
def results(small_digits: Any) -> dict[str, Any]:
    """What the other stages hand to the report, by dataset name."""
    images, index = small_digits
    scores, metrics = _made_up_scores(index)
    examples = _made_up_examples(scores)
    chosen = index.set_index("id").index.get_indexer(examples["id"])
    reconstructions = images[chosen][:, :, ::-1].copy()
    residuals = np.abs(images[chosen].astype(float) - reconstructions).mean(axis=1) / 255
    grid = encode_png(image_grid(images[:20], columns=10))
    counts = np.bincount(images.ravel(), minlength=256)[np.newaxis]
    steps = range(10, 110, 10)
    return {
        "images": images,
        "image_index": index,
        "image_manifest": pd.DataFrame({"path": index["source"], "sha256": "ab" * 32}),
        "image_rejects": pd.DataFrame({"file": ["<b>.png"], "reason": ["empty & broken"]}),
        "image_gallery": _png(image_gallery(images, index["class_name"].tolist())),
        "image_histogram": _png(pixel_histogram(counts)),
        "classifier_history": [
            {"step": step, "loss": 1 / step, "calibration_loss": 2 / step} for step in steps
        ],
        "classifier_metrics": {"test.accuracy": 0.975},
        "classifier_confusion": _png(confusion_matrix(np.eye(3, dtype=int), ["a", "b", "c"])),
        "gan_history": [{"step": step, "generator_loss": np.sin(step)} for step in steps],
        "generator_metrics": _made_up_fidelity(),
        "generator_sample_grid": grid,
        "generator_interpolation_grid": grid,
        "detect_images_history": [{"step": step, "anogan.loss": 0.5} for step in steps],
        "image_detection_metrics": metrics,
        "image_scores": scores,
        "image_examples": examples,
        "image_reconstructions": reconstructions,
        "image_explanations": residuals.astype(np.float32),
        "params:report": ReportParameters(title="Test & report", baselines=["pixel_neighbors"]),
        **{f"params:{stage}": {"seed": 7, "nested": {"rate": 0.5}} for stage in STAGES},
    }


def _made_up_scores(index: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, float]]:
    random = np.random.default_rng(0)
    anomalous = ~index["class_name"].isin(NORMAL).to_numpy()
    calibration = (index["split"] == "calibration").to_numpy() & ~anomalous
    test = (index["split"] == "test").to_numpy()
    frames, metrics = [], {}
    for detector, strength in DETECTORS.items():
        values = random.gamma(4, 1, len(index)) + anomalous * strength * random.gamma(4, 0.5)
        threshold = conformal_threshold(values[calibration], 0.1)
        frame = index[["id", "label", "class_name", "split"]].assign(
            is_anomaly=anomalous.astype(np.int64),
            detector=detector,
            score=values,
            p_value=np.where(test, conformal_p_values(values[calibration], values), np.nan),
            flag=values > threshold,
        )
        frames.append(frame[calibration | test])
        own = detection_metrics(anomalous[test], values[test], threshold, replicates=50)
        own |= {"threshold": threshold, "target_false_positive_rate": 0.1}
        metrics |= {f"{detector}.{name}": value for name, value in own.items()}
    return pd.concat(frames, ignore_index=True), metrics


def _made_up_examples(scores: pd.DataFrame) -> pd.DataFrame:
    own = scores[(scores["detector"] == "anogan") & (scores["split"] == "test")]
    ids = {
        "most_anomalous": own.nlargest(2, "score")["id"],
        "missed": own[own["is_anomaly"] == 1].nsmallest(2, "score")["id"],
    }
    rows = [("anogan", group, i) for group, members in ids.items() for i in members]
    return pd.DataFrame(rows, columns=["detector", "group", "id"])


def _made_up_fidelity() -> dict[str, float]:
    metrics = {"sample_count": 60, "inception_score": 7.5, "inception_score_std": 0.25}
    for prefix, distance in (("", 3.5), ("real.", 1.25)):
        for split in ("train", "test"):
            metrics[f"{prefix}{split}.frechet_distance"] = distance
            metrics[f"{prefix}{split}.precision"] = 0.75
    return metrics


def _png(figure: Any) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()


@pytest.fixture(scope="session")
def make_report() -> Callable[[dict[str, Any]], str]:
    """Runs the stage on results by dataset name and returns the page."""
    return _make_report


def _make_report(results: dict[str, Any]) -> str:
    catalog = DataCatalog({name: MemoryDataset(data) for name, data in results.items()})
    return str(SequentialRunner().run(create_pipeline(), catalog)["report"].load())


@pytest.fixture(scope="session")
def report(results: dict[str, Any]) -> str:
    """The page made of `results`."""
    return _make_report(results)
