"""The stage `gan`."""

import hashlib
import json
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError
from safetensors.numpy import load_file

from kizu.models.gan import DISCRIMINATORS, FAMILIES, GENERATORS
from kizu.models.serialization import unpack
from kizu.pipelines.gan import create_pipeline
from kizu.pipelines.gan.nodes import draw_gan_curves, draw_samples, train_gan
from kizu.pipelines.gan.parameters import GanParameters
from kizu.training.errors import TrainingError


def overlay(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Parameters with some changed, group by group."""
    return base | {
        key: overlay(base[key], value)
        if isinstance(value, dict) and isinstance(base.get(key), dict)
        else value
        for key, value in changes.items()
    }


@pytest.fixture
def settings(shrunk_parameters):
    return shrunk_parameters["gan"]


@pytest.fixture
def train(small_digits, settings, tmp_path):
    """Train with some parameters changed, and perhaps other images."""

    def trained(images=small_digits.images, **changes):
        parameters = GanParameters(**overlay(settings, changes))
        folder = tmp_path / hashlib.sha256(str(changes).encode()).hexdigest()
        return train_gan(images, small_digits.index, parameters, folder)

    return trained


def equal(first, second) -> bool:
    return first.keys() == second.keys() and all(
        np.array_equal(first[name], second[name]) for name in first
    )


@pytest.mark.parametrize(
    ("family", "kind"),
    [*((family, "projection") for family in FAMILIES), ("dcgan", "none"), ("biggan", "auxiliary")],
)
def test_every_family_trains_and_can_be_rebuilt(train, settings, family, kind):
    model, history, *_ = train(architecture={"family": family}, conditioning={"kind": kind})
    generator, average = (
        unpack(model, name, *GENERATORS) for name in ("generator", "generator_average")
    )
    discriminator = unpack(model, "discriminator", *DISCRIMINATORS)
    assert generator.class_count == discriminator.class_count == (0 if kind == "none" else 10)
    assert model["config"]["class_names"] == [str(digit) for digit in range(10)]
    assert not equal(dict(generator.named_parameters()), dict(average.named_parameters()))
    assert [row["step"] for row in history] == [2, 3]
    assert ("generator_classification" in history[0]) == (kind == "auxiliary")
    picture = draw_samples(model, GanParameters(**settings))
    assert picture.shape == (17 * 10 - 1, 17 * 2 - 1)


def test_the_average_copies_statistics_and_averages_weights(train):
    model, *_ = train()
    for name, tensor in model["tensors"].items():
        network, _, key = name.partition(".")
        if network == "generator" and key.rpartition(".")[2].startswith(("running", "num_")):
            assert np.array_equal(model["tensors"][f"generator_average.{key}"], tensor), name


def test_training_is_deterministic_and_sees_the_train_split_alone(train, small_digits):
    images = small_digits.images.copy()
    images[(small_digits.index["split"] != "train").to_numpy()] = 99
    first, *_ = train()
    # The folder would hold the finished training otherwise.
    second, *_ = train(images=images, samples_per_class=3)
    assert equal(first["tensors"], second["tensors"])
    other, *_ = train(objective={"loss": "cross_entropy"})
    assert not equal(first["tensors"], other["tensors"])


def test_the_stage_writes_the_same_bytes_twice(small_digits, settings, stage_files):
    data = {
        "images": small_digits.images,
        "image_index": small_digits.index,
        "params:gan": GanParameters(**settings),
    }
    written = [stage_files("gan", create_pipeline(), data) for _ in range(2)]
    assert written[0] == written[1]
    names = {name.rpartition("/")[2] for name in written[0]}
    assert {"history.json", "samples.png", "curves.png", "captions.json"} < names


def test_the_gallery_shows_samples_and_paths_of_every_evaluation(train):
    _, _, progress, _ = train(optimizers={"generator": {"learning_rate": 0.1}})
    titles = [entry["title"] for entry in json.loads(progress["captions.json"])]
    assert titles == [
        "Samples, step 2",
        "Samples, step 3",
        "Paths between latents, step 2",
        "Paths between latents, step 3",
    ]
    assert len({progress[name] for name in progress}) == 5, "training changes the pictures"


def test_snapshots_hold_the_average_at_every_evaluation(train):
    model, _, _, snapshots = train()
    assert list(snapshots) == ["000000002.safetensors", "000000003.safetensors"]
    first, last = (load_file(path) for path in snapshots.values())
    final = {
        name.removeprefix("generator_average."): tensor
        for name, tensor in model["tensors"].items()
        if name.startswith("generator_average.")
    }
    assert equal(last, final)
    assert not equal(first, final)


def test_attention_layers_are_shown(train):
    _, _, progress, _ = train(
        architecture={
            "family": "sagan",
            "generator_options": {"attention_sizes": [8]},
            "discriminator_options": {"attention_sizes": [8]},
        }
    )
    names = [entry["name"] for entry in json.loads(progress["captions.json"])]
    assert len([name for name in names if name.startswith("attention_generator")]) == 1
    assert len([name for name in names if name.startswith("attention_discriminator")]) == 1


def test_standing_statistics_replace_the_copied_ones(train):
    model, *_ = train()
    standing, *_ = train(schedules={"standing_batches": 4})
    changed = {
        name
        for name, tensor in model["tensors"].items()
        if not np.array_equal(tensor, standing["tensors"][name])
    }
    assert changed
    for name in changed:
        network, _, key = name.partition(".")
        assert network == "generator_average"
        assert key.rpartition(".")[2] in ("running_mean", "running_var", "num_batches_tracked")


def test_the_curves_have_a_panel_for_every_kind_of_figure():
    history = [
        {
            "step": step,
            "discriminator_loss": 1.0,
            "discriminator_r1": 0.1,
            "real_logits": 0.5,
            "fake_logits": -0.5,
            "block2_perplexity": 7.0,
            "block3_perplexity": 5.0,
            "generator_loss": 2.0,
        }
        for step in (1, 2)
    ]
    panels = [
        sorted(line.get_label() for line in axes.lines) for axes in draw_gan_curves(history).axes
    ]
    assert panels[:2] == [
        ["discriminator loss", "generator loss"],
        ["fake logits", "real logits"],
    ]
    assert [len(panel) for panel in panels[2:]] == [2, 1]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"architecture": {"family": "vgg"}}, "dcgan"),
        ({"objective": {"loss": "hinge", "real_target": 0.9}}, "choose one of: cross_entropy"),
        (
            {
                "objective": {"loss": "relativistic"},
                "schedules": {"generator_batch_multiple": 2},
            },
            "relativistic_average",
        ),
        (
            {"regularizers": {"mode_seeking": 1.0}, "training": {"batch_size": 7}},
            "mode_seeking pairs the generator's images, but its batch has 7",
        ),
        (
            {"optimizers": {"generator": {"decay_start": 3}}},
            r"optimizers.generator.decay_start=3 must be below training.steps=3",
        ),
        ({"augmentation": {"adaptive": {}}}, "choose some of: color, translation, cutout"),
        ({"augmentation": {"operations": ["color", "color"]}}, "names one twice"),
        (
            {"regularizers": {"consistency": {"weight": 1.0, "shift": 0, "mirror": False}}},
            "shift=0 and mirror=false",
        ),
        (
            {"architecture": {"discriminator_options": {"quantization": {}}}},
            r"set gan\.quantizer instead",
        ),
    ],
)
def test_parameters_that_do_not_fit_are_refused_by_key_and_choices(settings, changes, message):
    with pytest.raises(ValidationError, match=message):
        GanParameters(**overlay(settings, changes))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"quantizer": {"blocks": ["block9"], "codes": 8}}, r"block9.*choose from:.*block1"),
        (
            {
                "architecture": {
                    "family": "sagan",
                    "generator_options": {"attention_sizes": [12]},
                }
            },
            r"attention_sizes.*12.*choose from:.*8",
        ),
        ({"architecture": {"generator_options": {"attention": 8}}}, r"attention.*choose one of"),
        ({"training": {"batch_size": 1}}, r"batch_size is 1, but the generator"),
        (
            {
                "architecture": {
                    "generator_options": {"normalization": "none"},
                    "discriminator_options": {"minibatch": "deviation"},
                },
                "training": {"batch_size": 1},
                "conditioning": {"kind": "none"},
            },
            r"batch_size is 1, but the discriminator",
        ),
    ],
)
def test_networks_that_cannot_be_are_refused_before_training(train, changes, message):
    with pytest.raises(TrainingError, match=message):
        train(**changes)


def test_a_label_out_of_range_is_refused_before_training(settings, small_digits, tmp_path):
    index = small_digits.index.replace({"label": {3: 12}})
    with pytest.raises(TrainingError, match=r"label 12 is out of range: .* from 0 to 9"):
        train_gan(small_digits.images, index, GanParameters(**settings), tmp_path)


def test_classes_are_needed_to_be_told(settings, small_digits, tmp_path):
    index = small_digits.index.assign(label=0, class_name="0")
    with pytest.raises(TrainingError, match=r"gan.conditioning.kind is 'projection', but .* 1 "):
        train_gan(small_digits.images, index, GanParameters(**settings), tmp_path)
