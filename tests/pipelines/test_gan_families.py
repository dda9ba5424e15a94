"""What every family of GANs learns of the built-in digits in less than 90 s on one core."""

from typing import Any

import pytest

from kizu.models.serialization import pack
from kizu.pipelines.evaluate_generators.nodes import measure_fidelity, measure_real_images
from kizu.pipelines.evaluate_generators.parameters import EvaluateGeneratorsParameters
from kizu.pipelines.gan.networks import build_networks
from kizu.pipelines.gan.nodes import train_gan
from kizu.pipelines.gan.parameters import GanParameters
from kizu.training.randomness import seeded

pytestmark = pytest.mark.slow

# As many as each takes half a minute for, or fewer where these already do.
STEPS = {"dcgan": 600, "sngan_cnn": 400, "sngan_resnet": 400, "sagan": 400, "biggan": 200}


@pytest.fixture
def distance(all_digits, digits_classifier, default_parameters):
    """Fréchet distance of a GAN's samples to the test split, on the classifier's features."""
    parameters = EvaluateGeneratorsParameters(**default_parameters["evaluate_generators"])

    real = measure_real_images(*all_digits, digits_classifier, parameters)

    def measured(model: dict[str, Any]) -> float:
        metrics, _ = measure_fidelity(real, model, digits_classifier, parameters)
        return metrics["test.frechet_distance"]

    return measured


@pytest.mark.parametrize(("family", "steps"), STEPS.items())
def test_training_brings_samples_three_times_as_close(
    all_digits, default_parameters, distance, record_property, tmp_path, family, steps
):
    defaults = default_parameters["gan"]
    parameters = GanParameters(
        **defaults
        | {
            "architecture": defaults["architecture"] | {"family": family},
            "schedules": defaults["schedules"] | {"discriminator_steps": 1, "average_decay": 0.99},
            "training": defaults["training"] | {"steps": steps, "evaluate_every": None},
        }
    )
    images, index = all_digits
    with seeded(parameters.training.seed):
        untrained, _ = build_networks(
            parameters, image_shape=images.shape[1:], class_count=index["label"].nunique()
        )
    before = distance(pack(generator_average=untrained))
    model, *_ = train_gan(images, index, parameters, tmp_path)
    after = distance(model)
    record_property("frechet_distances", f"{before:.1f} -> {after:.1f}")
    assert after < before / 3
