"""The built-in digits and their classifier, in full; and made-up results of every stage."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner

from kizu.detection.conformal import conformal_p_values, conformal_threshold
from kizu.evaluation.detection import detection_metrics
from kizu.pipelines.report import create_pipeline
from kizu.pipelines.report.nodes import TRACED_STAGES
from kizu.pipelines.report.parameters import ReportParameters
from kizu.reporting.figures import confusion_matrix
from kizu.reporting.gallery import Exhibit, gallery_files
from kizu.reporting.grids import image_grid
from kizu.reporting.image_figures import image_gallery, pixel_histogram
from kizu.reporting.pictures import encode_png

DETECTORS = {"anogan": 2.0, "pixel_neighbors": 3.0}
NORMAL = ["0", "1"]
GROUPS = ("most_anomalous", "missed", "false_alarm")


@pytest.fixture(scope="session")
def default_parameters() -> dict[str, Any]:
    """The parameters of every stage as conf/base has them."""
    files = (Path(__file__).parents[2] / "conf" / "base").glob("parameters*.yml")
    return {stage: own for file in files for stage, own in yaml.safe_load(file.read_text()).items()}


@pytest.fixture(scope="session")
def all_digits(default_parameters: dict[str, Any]) -> tuple[np.ndarray, pd.DataFrame]:
    """All built-in digits, as the stage `images` hands them on."""
    from kizu.pipelines.images.nodes import prepare_images, split_images
    from kizu.pipelines.images.parameters import ImagesParameters
    from kizu.sources.digits import read_digits

    digits = list(read_digits())
    columns = ("id", "path", "label", "split")
    manifest = pd.DataFrame([{name: getattr(digit, name) for name in columns} for digit in digits])
    contents = {digit.path: digit.content for digit in digits}
    parameters = ImagesParameters(**default_parameters["images"])
    images = np.asarray(prepare_images(contents, manifest, parameters))
    return images, split_images(images, manifest, parameters)


@pytest.fixture(scope="session")
def digits_classifier(
    all_digits: tuple[np.ndarray, pd.DataFrame],
    default_parameters: dict[str, Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Any]:
    """The classifier of all built-in digits: half a minute, for slow tests."""
    from kizu.pipelines.classifier.nodes import train_classifier
    from kizu.pipelines.classifier.parameters import ClassifierParameters

    parameters = ClassifierParameters(**default_parameters["classifier"])
    return train_classifier(*all_digits, parameters, tmp_path_factory.mktemp("classifier"))[0]


@pytest.fixture(scope="session")
def results(small_digits: Any, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
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
        "detect_images_history": [{"step": step, "anogan.loss": 0.5} for step in steps],
        "image_detection_metrics": metrics,
        "image_anomaly_scores": scores,
        "image_examples": examples,
        "image_reconstructions": reconstructions,
        "image_explanations": residuals.astype(np.float32),
        "params:report": ReportParameters(title="Test & report", baselines=["pixel_neighbors"]),
        **{f"params:{stage}": {"seed": 7, "nested": {"rate": 0.5}} for stage in TRACED_STAGES},
        **_made_up_modalities(grid),
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
        index = pd.DataFrame(
            {"id": ["1", "2"], "class_name": ["a", "b"], "split": ["train", "test"]}
        )
        shared[f"{modality}_index"] = index
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
        "audio_features": np.zeros((2, 3, 4), np.float32),
        "audio_metrics": {"rate": 8000, "seconds": 1.0, "bands": 3, "frames": 4},
        "audio_overview": picture,
        "table_features": np.zeros((2, 5), np.float32),
        "table_columns": {"columns": [column], "features": ["pressure"]},
        "tables_metrics": {"train.missing": 3, "train.outliers": 2, "leaks": 1},
        "table_scores": pd.DataFrame([scored]),
        "table_distributions": picture,
        "text_tokens": np.zeros((2, 6), np.int32),
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
