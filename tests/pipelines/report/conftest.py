"""Made-up results of every stage, and the page that the stage `report` makes of them."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner

from kizu.detection.combination import COMBINED
from kizu.detection.conformal import conformal_p_values, conformal_threshold
from kizu.detection.examples import pick_examples
from kizu.evaluation.detection import detection_metrics
from kizu.pipelines.report import create_pipeline
from kizu.pipelines.report.detection import DETECTED
from kizu.pipelines.report.nodes import TRACED_STAGES
from kizu.pipelines.report.parameters import Baselines, ReportParameters
from kizu.preprocessing.audio_files import encode_audio
from kizu.preprocessing.waveforms import Waveform
from kizu.reporting.figures import confusion_matrix
from kizu.reporting.gallery import Exhibit, gallery_files
from kizu.reporting.grids import image_grid
from kizu.reporting.image_figures import image_gallery, pixel_histogram
from kizu.reporting.pictures import encode_png

# How much higher each detector scores what is anomalous.
DETECTORS = {"anogan": 2.0, "pixel_neighbors": 3.0, COMBINED: 2.5}
BASELINE = "pixel_neighbors"


@pytest.fixture(scope="session")
def results(small_digits: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the other stages hand to the report, by dataset name."""
    images, index = small_digits
    found = _made_up_detection("image", index, ["0", "1"])
    chosen = found["image_examples"]["row"].to_numpy()
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
        "classifier_class_scores": {"test.a.precision": 0.5, "test.a.support": 2},
        "classifier_reliability": grid,
        "classifier_mistakes": grid,
        "classifier_saliency": grid,
        "classifier_confusion": _png(confusion_matrix(np.eye(3, dtype=int), ["a", "b", "c"])),
        "gan_history": [{"step": step, "generator_loss": np.sin(step)} for step in steps],
        "generator_metrics": _made_up_fidelity(),
        "generator_sample_grid": grid,
        "generator_interpolation_grid": grid,
        "generator_nearest_grid": grid,
        "generator_history": [{"step": step, "test.frechet_distance": 9 / step} for step in steps],
        "diffusion_history": [{"step": step, "loss": 1 / step} for step in steps],
        "diffusion_fidelity": _made_up_fidelity(),
        "diffusion_samples": grid,
        "diffusion_nearest_grid": grid,
        "diffusion_samplers": [
            {
                "label": "DDIM",
                "steps": 10,
                "network_evaluations": 10,
                "frechet_distance": 2.5,
                "coverage": 0.5,
            }
        ],
        "diffusion_quality_by_evaluations": grid,
        **{
            f"detect_{name}_history": [{"step": step, "anogan.loss": 0.5} for step in steps]
            for name in DETECTED
        },
        **found,
        "image_examples": found["image_examples"].assign(reconstructed=True),
        "image_reconstructions": reconstructions,
        "image_explanations": residuals.astype(np.float32),
        "params:report": ReportParameters(
            title="Test & report",
            baselines=Baselines(
                images=[BASELINE], audio=[BASELINE], tables=[BASELINE], text=[BASELINE]
            ),
        ),
        **{f"params:{stage}": {"seed": 7, "nested": {"rate": 0.5}} for stage in TRACED_STAGES},
        "params:detect_text": {"lines_before": 2},
        **_made_up_modalities(grid),
        **_made_up_items(tmp_path_factory.mktemp("clips")),
        **{
            f"{modality}_operations": _made_up_gallery(grid, tmp_path_factory.mktemp(modality))
            for modality in ("image", "audio", "table", "text")
        },
        "classifier_augmentations": _made_up_gallery(grid, tmp_path_factory.mktemp("training")),
    }


def _made_up_modalities(picture: bytes) -> dict[str, Any]:
    """What the report reads of images, sounds, tables and texts alike, and of each alone."""
    shared = {}
    for modality in ("image", "audio", "table", "text"):
        shared[f"{modality}_origin"] = {
            "name": modality,
            "title": f"Made-up {modality} data",
            "address": "",
            "license": "",
            "note": "Synthetic.",
        }
    for modality in ("audio", "table", "text"):
        shared[f"{modality}_manifest"] = pd.DataFrame({"path": ["1"], "sha256": ["cd" * 32]})
        shared[f"{modality}_rejects"] = pd.DataFrame(columns=["file", "reason"])
    column = {
        "name": "pressure",
        "leak": True,
        "role": "number",
        "role_reason": "many values",
        "encoding": "number",
        "encoding_reason": "it is one",
        "scaler": "robust",
        "scaler_reason": "outliers",
        "missing": 3,
        "distribution": {"outliers": 2},
    }
    scored = {
        "model": "svc",
        "variant": "all_steps",
        "train_rows": 10,
        "train_accuracy": 0.875,
        "test_accuracy": 0.75,
        "train_balanced_accuracy": 0.8,
        "test_balanced_accuracy": 0.7,
    }
    unknown = {f"{split}.unknown_share": 0.01 for split in ("train", "calibration", "test")}
    return shared | {
        "audio_metrics": {"rate": 8000, "seconds": 1.0, "bands": 3, "frames": 4},
        "audio_overview": picture,
        "table_columns": {
            "columns": [
                column,
                column | {"name": "site", "encoding": "one_hot", "levels": ["a", "b"]},
                column | {"name": "note", "encoding": "drop"},
            ],
            "features": ["pressure", "site=a", "site=b"],
        },
        "tables_metrics": {"train.missing": 3, "train.outliers": 2, "leaks": 1},
        "table_scores": pd.DataFrame([scored]),
        "table_distributions": picture,
        "text_metrics": {
            "mean_length": 4.5,
            "tokens": 9,
            "vocabulary": 7,
            "cut_share": 0.0,
            "empty": 0,
            "vectors.coverage": 0.5,
            **unknown,
        },
        "text_tokenizer": {"name": "word", "versions": {}},
        "text_lengths": picture,
        "text_frequencies": picture,
    }


def _made_up_gallery(picture: bytes, folder: Path) -> dict[str, Path]:
    exhibits = [Exhibit("flip", "Flip", f"Left is right in {folder.name[:-1]}.", picture)]
    for name, content in gallery_files(exhibits).items():
        (folder / name).write_bytes(content)
    return {path.name: path for path in folder.iterdir()}


def _made_up_items(clips: Path) -> dict[str, Any]:
    """Sounds, rows and lines with their indexes, and what was detected in them."""
    count = 90
    index = pd.DataFrame(
        {
            "id": [f"item-{number}" for number in range(count)],
            "label": 0,
            "class_name": ["worn" if number % 3 == 0 else "normal" for number in range(count)],
            "split": ["train", "calibration", "test"] * 5 + ["test", "train", "calibration"] * 25,
        }
    )
    index.loc[index["split"] == "train", "class_name"] = "normal"
    random = np.random.default_rng(1)
    content = encode_audio(Waveform(np.zeros(800, np.float32), 8000), "FLAC")
    names = [f"{identity}.flac" for identity in index["id"]]
    for name in names:
        (clips / name).write_bytes(content)
    features = {
        "audio": random.normal(-40, 10, (count, 3, 4)).astype(np.float32),
        "table": random.normal(size=(count, 3)).astype(np.float32),
        "text": random.integers(0, 5, (count, 6)).astype(np.int32),
    }
    results: dict[str, Any] = {}
    for prefix, values in features.items():
        results |= _made_up_detection(prefix, index, ["normal"])
        chosen = results[f"{prefix}_examples"]["row"].to_numpy()
        results[f"{prefix}_explanations"] = np.abs(values[chosen]).astype(np.float32)
        results[f"{prefix}_index"] = index
    return results | {
        "audio_index": index.assign(clip=names),
        "audio_clips": {name: clips / name for name in names},
        "audio_features": features["audio"],
        "table_features": features["table"],
        "raw_table": pd.DataFrame(
            {"row_id": index["id"], "pressure": 6.5, "site": "b", "note": "a <note>"}
        ),
        "text_tokens": features["text"],
        "documents": pd.DataFrame({"id": index["id"], "tokens": "spindle <stalled> at 000 rpm"}),
    }


def _made_up_detection(prefix: str, index: pd.DataFrame, normal: list[str]) -> dict[str, Any]:
    """The scores, metrics and examples of a modality, by dataset name."""
    random = np.random.default_rng(0)
    anomalous = ~index["class_name"].isin(normal).to_numpy()
    calibration = (index["split"] == "calibration").to_numpy() & ~anomalous
    test = (index["split"] == "test").to_numpy()
    frames, examples = [], []
    metrics: dict[str, float] = {}
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
        own |= {"at_0.01.false_positive_rate": 0.0, "at_0.01.true_positive_rate": 0.0}
        metrics |= {f"{detector}.{name}": value for name, value in own.items()}
        if detector != COMBINED:
            examples += _examples(detector, frame.reset_index()[test])
    metrics |= {"anogan.untrained.auroc": 0.25, "anogan.seeds.auroc_mean": 0.625}
    metrics |= {"anogan.seeds.auroc_deviation": 0.0625}
    return {
        f"{prefix}_anomaly_scores": pd.concat(frames, ignore_index=True),
        f"{prefix}_detection_metrics": metrics,
        f"{prefix}_examples": pd.DataFrame(examples),
    }


def _examples(detector: str, tested: pd.DataFrame) -> list[dict[str, Any]]:
    picked = pick_examples(
        tested["is_anomaly"], tested["score"], tested["flag"], 2, content=lambda row: row
    )
    return [
        {
            "detector": detector,
            "group": example.group,
            "rank": example.rank,
            "alike": example.alike,
            "id": tested["id"].iloc[example.row],
            "row": tested["index"].iloc[example.row],
        }
        for example in picked
    ]


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
