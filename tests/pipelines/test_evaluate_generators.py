"""The stage `evaluate_generators`."""

import numpy as np
import pytest
import torch

from kizu.models.gan import build_gan
from kizu.models.serialization import pack
from kizu.models.vit import VisionTransformer
from kizu.pipelines.evaluate_generators.nodes import draw_grids, measure_fidelity
from kizu.pipelines.evaluate_generators.parameters import EvaluateGeneratorsParameters


@pytest.fixture(scope="module")
def parameters(shrunk_parameters):
    return EvaluateGeneratorsParameters(**shrunk_parameters["evaluate_generators"])


@pytest.fixture(scope="module")
def classifier_model():
    torch.manual_seed(0)
    network = VisionTransformer(16, 4, channels=1, class_count=10, width=24, depth=1, heads=2)
    return pack(classifier=network)


def gan_model(class_count, channels=1):
    torch.manual_seed(0)
    generator, _ = build_gan(
        "sngan_cnn", 16, channels, class_count=class_count, latent_dim=8, generator_width=4
    )
    return pack(generator_average=generator)


def test_measures_a_conditional_generator_against_both_splits(
    small_digits, classifier_model, parameters
):
    arguments = (
        small_digits.images,
        small_digits.index,
        gan_model(class_count=10),
        classifier_model,
        parameters,
    )

    metrics = measure_fidelity(*arguments)

    groups = {name.rpartition(".")[0] for name in metrics}
    assert groups == {"", "train", "test", "real", "real.train", "real.test"}
    assert 0 <= metrics["label_accuracy"] <= 1
    assert metrics["sample_count"] == metrics["real.sample_count"] == 60
    for reference in ("train", "test"):
        untrained = metrics[f"{reference}.frechet_distance"]
        assert untrained > 3 * metrics[f"real.{reference}.frechet_distance"]
    assert measure_fidelity(*arguments) == metrics


def test_an_unconditional_generator_has_no_label_accuracy(
    small_digits, classifier_model, parameters
):
    metrics = measure_fidelity(
        small_digits.images, small_digits.index, gan_model(0), classifier_model, parameters
    )
    assert "label_accuracy" not in metrics
    assert "real.label_accuracy" in metrics


@pytest.mark.parametrize(("class_count", "rows"), [(10, 10), (0, 8)])
def test_grids_hold_a_row_for_each_class(parameters, class_count, rows):
    samples, interpolation = draw_grids(gan_model(class_count), parameters)
    # 16 pixels an image and one between two of them.
    assert samples.shape == (17 * rows - 1, 17 * parameters.samples_per_class - 1)
    assert interpolation.shape == (17 * rows - 1, 17 * parameters.interpolation_steps - 1)
    assert samples.dtype == interpolation.dtype == np.uint8


def test_grids_of_color_images_are_colored(parameters):
    samples, _ = draw_grids(gan_model(10, channels=3), parameters)
    assert samples.shape[2] == 3
