"""The stage `diffusion`."""

import json

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from kizu.pipelines.diffusion import create_pipeline
from kizu.pipelines.diffusion.nodes import draw_diffusion_samples, train_diffusion
from kizu.pipelines.diffusion.parameters import DiffusionParameters
from kizu.pipelines.diffusion.watching import spread_rows
from kizu.pipelines.unfit_data import UnfitDataError

DIT = {"kind": "dit", "patch_size": 4, "width": 8, "depth": 1, "heads": 2, "mlp_ratio": 2.0}


@pytest.fixture(autouse=True)
def _one_thread():
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def settings(shrunk_parameters):
    return shrunk_parameters["diffusion"]


@pytest.fixture
def train(small_digits, settings, tmp_path):
    """Train with some parameters changed, and perhaps other images."""

    def trained(images=small_digits.images, **changes):
        parameters = DiffusionParameters(**settings | changes)
        return train_diffusion(images, small_digits.index, parameters, tmp_path / str(len(changes)))

    return trained


def changed(settings, **changes):
    """Parameters with some of them changed, dots for the nested ones."""
    result = json.loads(json.dumps(settings))
    for key, value in changes.items():
        *path, last = key.split("__")
        part = result
        for name in path:
            part = part[name]
        part[last] = value
    return DiffusionParameters(**result)


@pytest.mark.parametrize("changes", [{}, {"network": DIT}], ids=["unet", "dit"])
def test_trains_and_can_be_rebuilt(train, settings, changes):
    model, history, progress = train(**changes)
    assert [row["step"] for row in history] == [2, 4]
    assert all(row["calibration_loss"] > 0 for row in history)
    assert len(progress) == 5  # samples and paths at two steps, and the captions
    assert model["config"]["class_names"] == [str(digit) for digit in range(10)]
    picture = draw_diffusion_samples(model, DiffusionParameters(**settings | changes))
    assert picture.shape == (17 * 10 - 1, 17 * 2 - 1)


def test_training_is_deterministic_and_sees_the_train_split_alone(train, small_digits):
    images = small_digits.images.copy()
    images[(small_digits.index["split"] == "test").to_numpy()] = 99
    first, _, _ = train()
    second, _, _ = train(images=images, samples_per_class=3)  # another folder
    assert first["tensors"].keys() == second["tensors"].keys()
    for name, tensor in first["tensors"].items():
        assert np.array_equal(tensor, second["tensors"][name]), name


def test_trains_without_classes_and_in_the_other_formulation(small_digits, settings, tmp_path):
    parameters = changed(
        settings,
        conditional=False,
        label_dropout=0.0,
        sampler__guidance_scale=1.0,
        process__formulation={"kind": "preconditioned"},
    )
    model, _, _ = train_diffusion(*small_digits, parameters, tmp_path)
    assert model["config"]["network"]["class_count"] == 0
    assert draw_diffusion_samples(model, parameters).shape == (17 * 10 - 1, 17 * 2 - 1)


def test_the_stage_writes_the_same_bytes_twice(small_digits, settings, stage_files):
    data = {
        "images": small_digits.images,
        "image_index": small_digits.index,
        "params:diffusion": DiffusionParameters(**settings),
    }
    written = [stage_files("diffusion", create_pipeline(), data) for _ in range(2)]
    assert written[0] == written[1]
    metrics = json.loads(written[0]["data/08_reporting/diffusion/metrics.json"])
    terms = ("prior", "transitions", "reconstruction")
    for split in ("train", "test"):
        assert metrics[f"{split}.bits_per_dimension"] == pytest.approx(
            sum(metrics[f"{split}.bits_{term}"] for term in terms)
        )
    errors = json.loads(written[0]["data/08_reporting/diffusion/errors.json"])
    assert [row["timestep"] for row in errors] == [7, 13, 20]
    assert errors[0]["test.clean_error"] < errors[-1]["test.clean_error"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"sampler__steps": 21},
            r"sampler\.steps is 21.*schedule\.timesteps is 20; choose from 1 to 20, or spacing",
        ),
        (
            {"conditional": False, "label_dropout": 0.0},
            r"sampler\.guidance_scale is 1\.5, but guidance needs labels: conditional is False",
        ),
        ({"label_dropout": 0.0}, r"guidance needs labels.*label_dropout 0\.0"),
        (
            {"conditional": False, "sampler__guidance_scale": 1.0},
            r"label_dropout is 0\.1, but conditional is false",
        ),
        ({"evaluation__bound_steps": 21}, r"evaluation\.bound_steps is 21"),
        ({"evaluation__error_levels": 30}, r"evaluation\.error_levels is 30"),
        ({"warmup_steps": 4}, r"warmup_steps must be below training\.steps \(4\), got 4"),
        ({"sampler__eta": 0.5}, r"eta is 0\.5, which name: dpm_solver does not use"),
        ({"sampler__churn": 3.0}, r"churn is 3\.0, which name: dpm_solver does not use"),
        ({"network__kind": "vgg"}, r"'unet', 'dit'"),
        ({"process__schedule__name": "cubic"}, r"'linear', 'scaled_linear', 'cosine' or 'sigmoid'"),
    ],
)
def test_impossible_parameters_are_refused(settings, changes, message):
    with pytest.raises(ValidationError, match=message):
        changed(settings, **changes)


def test_spacing_in_sigma_may_take_any_number_of_steps(settings):
    parameters = changed(settings, sampler__steps=50, sampler__spacing="karras")
    assert parameters.sampler.steps == 50


@pytest.mark.parametrize(
    ("network", "message"),
    [
        ({"attention_sizes": [5]}, r"attention_sizes=\[5\] has 5, .*choose from: 8, 4"),
        ({"patch_size": 3}, r"patch_size=3 does not divide image_size=16"),
        ({"multipliers": [1] * 5}, r"downsampling=16 does not divide image_size / patch_size=8"),
        (DIT | {"patch_size": 5}, r"patch_size=5 does not divide image_size=16.*1, 2, 4, 8, 16"),
    ],
)
def test_networks_that_do_not_fit_the_images_are_refused_before_training(
    train, settings, network, message, tmp_path
):
    changes = network if "kind" in network else settings["network"] | network
    with pytest.raises(UnfitDataError, match=r"diffusion\.network .*" + message) as caught:
        train(network=changes)
    assert "images.steps" in caught.value.way_out
    assert not any(tmp_path.rglob("*.pt"))


@pytest.mark.parametrize(
    ("labels", "splits", "width", "message"),
    [
        ([0, 2, 2], ["train", "train", "calibration"], 16, r"labels are 0, 2; .* needs 0 to 1"),
        ([0, 1, 1], ["train", "train", "test"], 16, "no image in the calibration split"),
        ([0, 1, 1], ["test", "test", "calibration"], 16, r"train split.*images\.split\.train"),
        ([0, 1, 1], ["train", "train", "calibration"], 12, "square images; these are 16 x 12"),
    ],
)
def test_data_that_cannot_be_trained_on_are_refused(
    settings, tmp_path, labels, splits, width, message
):
    names = [("a", "b", "c")[label] for label in labels]
    index = pd.DataFrame({"label": labels, "class_name": names, "split": splits})
    images = np.zeros((3, 1, 16, width), dtype=np.uint8)
    with pytest.raises(UnfitDataError, match=message) as caught:
        train_diffusion(images, index, DiffusionParameters(**settings), tmp_path)
    assert caught.value.way_out
    assert not any(tmp_path.iterdir())


def test_rows_are_spread_over_those_chosen():
    chosen = np.arange(30) % 3 == 0
    assert spread_rows(chosen, 5).tolist() == [0, 6, 12, 18, 24]
    assert spread_rows(chosen, 100).tolist() == list(range(0, 30, 3))
    assert len(spread_rows(chosen, 4)) == 4
