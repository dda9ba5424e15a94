"""The stage `gan`."""

from pathlib import Path

import numpy as np
import pytest
import yaml
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner

from kizu.models.gan import DISCRIMINATORS, FAMILIES, GENERATORS
from kizu.models.serialization import unpack
from kizu.pipelines.gan import create_pipeline
from kizu.pipelines.gan.nodes import draw_samples, train_gan
from kizu.pipelines.gan.parameters import GanParameters

CONF = Path(__file__).parents[2] / "conf" / "base"


@pytest.fixture
def settings(shrunk_parameters):
    return shrunk_parameters["gan"]


@pytest.fixture
def train(small_digits, settings, tmp_path):
    """Train with some parameters changed, and perhaps other images."""

    def trained(images=small_digits.images, **changes):
        parameters = GanParameters(**settings | changes)
        return train_gan(images, small_digits.index, parameters, tmp_path / str(changes))

    return trained


def equal(first, second) -> bool:
    return first.keys() == second.keys() and all(
        np.array_equal(first[name], second[name]) for name in first
    )


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("conditional", [True, False])
def test_every_family_trains_and_can_be_rebuilt(train, settings, family, conditional):
    model, history = train(family=family, conditional=conditional)
    generator, average = (
        unpack(model, name, *GENERATORS) for name in ("generator", "generator_average")
    )
    discriminator = unpack(model, "discriminator", *DISCRIMINATORS)
    assert generator.class_count == discriminator.class_count == (10 if conditional else 0)
    assert model["config"]["class_names"] == [str(digit) for digit in range(10)]
    assert not equal(dict(generator.named_parameters()), dict(average.named_parameters()))
    assert [row["step"] for row in history] == [2, 3]
    picture = draw_samples(model, GanParameters(**settings))
    assert picture.shape == (17 * 10 - 1, 17 * 2 - 1)


def test_the_average_copies_statistics_and_averages_weights(train):
    model, _ = train()
    for name, tensor in model["tensors"].items():
        network, _, key = name.partition(".")
        if network == "generator" and key.rpartition(".")[2].startswith(("running", "num_")):
            assert np.array_equal(model["tensors"][f"generator_average.{key}"], tensor), name


def test_training_is_deterministic_and_sees_the_train_split_alone(train, small_digits):
    images = small_digits.images.copy()
    images[(small_digits.index["split"] != "train").to_numpy()] = 99
    first, _ = train()
    # The folder would hold the finished training otherwise.
    second, _ = train(images=images, samples_per_class=3)
    assert equal(first["tensors"], second["tensors"])
    other, _ = train(objective="cross_entropy")
    assert not equal(first["tensors"], other["tensors"])


def test_the_stage_writes_the_same_bytes_twice(small_digits, settings, tmp_path):
    outputs = yaml.safe_load((CONF / "catalog_gan.yml").read_text())
    written = []
    for folder in (tmp_path / "first", tmp_path / "second"):
        catalog = DataCatalog.from_config(
            {
                name: entry | {"filepath": (folder / entry["filepath"]).as_posix()}
                for name, entry in outputs.items()
            }
        )
        catalog["images"] = MemoryDataset(small_digits.images)
        catalog["image_index"] = MemoryDataset(small_digits.index)
        catalog["params:gan"] = MemoryDataset(GanParameters(**settings))
        catalog["checkpoints"] = MemoryDataset(folder / "checkpoints", copy_mode="assign")
        SequentialRunner().run(create_pipeline(), catalog)
        files = sorted(path for path in (folder / "data").rglob("*") if path.is_file())
        written.append({str(path.relative_to(folder)): path.read_bytes() for path in files})
    assert written[0] == written[1]
    assert len(written[0]) == 5
