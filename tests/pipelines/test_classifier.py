"""The stage `classifier`."""

from pathlib import Path

import numpy as np
import pytest
import yaml
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner
from matplotlib.figure import Figure
from pydantic import ValidationError

from kizu.models.serialization import unpack
from kizu.models.vit import VisionTransformer
from kizu.pipelines.classifier import create_pipeline
from kizu.pipelines.classifier.nodes import evaluate_classifier, train_classifier
from kizu.pipelines.classifier.parameters import ClassifierParameters

CONF = Path(__file__).parents[2] / "conf" / "base"


@pytest.fixture(scope="module")
def parameters(shrunk_parameters):
    return ClassifierParameters(**shrunk_parameters["classifier"])


@pytest.fixture(scope="module")
def trained(small_digits, parameters, tmp_path_factory):
    folder = tmp_path_factory.mktemp("checkpoints")
    return train_classifier(small_digits.images, small_digits.index, parameters, folder)


def equal(first, second) -> bool:
    return first.keys() == second.keys() and all(
        np.array_equal(first[name], second[name]) for name in first
    )


def test_the_model_can_be_rebuilt(trained, parameters):
    model, _ = trained
    network = unpack(model, "classifier", VisionTransformer)
    assert network.config["class_count"] == 10
    assert network.config["width"] == parameters.model.transformer.width
    assert model["config"]["class_names"] == [str(digit) for digit in range(10)]
    assert model["config"]["nondeterministic_operations"] == []


def test_the_history_follows_both_splits(trained, parameters):
    _, history = trained
    assert [row["step"] for row in history] == [3, 6]
    names = {"step", "loss", "accuracy", "calibration_loss", "calibration_accuracy"}
    assert all(row.keys() == names for row in history)


def test_training_is_deterministic_and_sees_the_train_split_alone(
    small_digits, parameters, trained, tmp_path
):
    images, index = small_digits.images.copy(), small_digits.index
    images[(index["split"] != "train").to_numpy()] = 99
    model, _ = train_classifier(images, index, parameters, tmp_path)
    assert equal(model["tensors"], trained[0]["tensors"])


def test_the_test_split_alone_is_measured(small_digits, trained, parameters):
    images, index = small_digits.images.copy(), small_digits.index
    tested = (index["split"] == "test").to_numpy()
    metrics, scores, *drawn = evaluate_classifier(images, index, trained[0], parameters)
    assert {"test.accuracy", "test.macro_f1", "test.0.accuracy"} <= metrics.keys()
    assert scores["test.0.recall"] == metrics["test.0.accuracy"]
    assert sum(scores[f"test.{digit}.support"] for digit in range(10)) == tested.sum()
    assert [type(figure) for figure in drawn] == [Figure] * 3
    images[~tested] = 99
    assert evaluate_classifier(images, index, trained[0], parameters)[:2] == (metrics, scores)
    images[tested] = 99
    assert evaluate_classifier(images, index, trained[0], parameters)[0] != metrics


def test_a_warm_up_as_long_as_the_training_is_refused(shrunk_parameters):
    with pytest.raises(ValidationError, match=r"warmup_steps must be below training.steps \(6\)"):
        ClassifierParameters(**shrunk_parameters["classifier"] | {"warmup_steps": 6})


def test_the_stage_writes_what_the_catalog_names(small_digits, parameters, tmp_path):
    entries = yaml.safe_load((CONF / "catalog_classifier.yml").read_text())
    catalog = DataCatalog.from_config(
        {
            name: entry | {"filepath": (tmp_path / entry["filepath"]).as_posix()}
            for name, entry in entries.items()
        }
    )
    catalog["images"] = MemoryDataset(small_digits.images)
    catalog["image_index"] = MemoryDataset(small_digits.index)
    catalog["params:classifier"] = MemoryDataset(parameters)
    catalog["params:images.channels"] = MemoryDataset("gray")
    catalog["params:images.steps"] = MemoryDataset([])
    catalog["checkpoints"] = MemoryDataset(tmp_path / "checkpoints", copy_mode="assign")
    SequentialRunner().run(create_pipeline(), catalog)
    assert all((tmp_path / entry["filepath"]).exists() for entry in entries.values())
