"""The defaults of the stages that train, in full: minutes each."""

from typing import Any

import pytest
import torch

from kizu.evaluation.diffusion_generation import unpack_diffusion
from kizu.evaluation.extraction import classifier_outputs
from kizu.evaluation.fidelity import generator_metrics, real_splits
from kizu.evaluation.generation import generate_images, proportional_labels, sample_latents
from kizu.models.serialization import unpack
from kizu.models.vit import VisionTransformer
from kizu.pipelines.classifier.nodes import evaluate_classifier
from kizu.pipelines.classifier.parameters import ClassifierParameters
from kizu.pipelines.diffusion.nodes import train_diffusion
from kizu.pipelines.diffusion.parameters import DiffusionParameters
from kizu.pipelines.evaluate_generators.nodes import measure_fidelity, measure_real_images
from kizu.pipelines.evaluate_generators.parameters import EvaluateGeneratorsParameters
from kizu.pipelines.gan.nodes import train_gan
from kizu.pipelines.gan.parameters import GanParameters

pytestmark = pytest.mark.slow


def test_the_classifier_tells_the_digits_apart(all_digits, digits_classifier, default_parameters):
    parameters = ClassifierParameters(**default_parameters["classifier"])
    metrics, *_ = evaluate_classifier(*all_digits, digits_classifier, parameters)
    assert metrics["test.accuracy"] > 0.97


def test_the_gan_draws_digits_as_asked_and_of_every_kind(
    all_digits, digits_classifier, default_parameters, tmp_path
):
    gan_model, *_ = train_gan(*all_digits, GanParameters(**default_parameters["gan"]), tmp_path)
    parameters = EvaluateGeneratorsParameters(**default_parameters["evaluate_generators"])
    real = measure_real_images(*all_digits, digits_classifier, parameters)
    metrics, _ = measure_fidelity(real, gan_model, digits_classifier, parameters)
    assert metrics["label_accuracy"] > 0.95
    assert metrics["test.coverage"] > 0.7
    assert metrics["test.frechet_distance"] < 3


def test_the_diffusion_model_draws_digits_as_asked_and_of_every_kind(
    all_digits, digits_classifier, default_parameters, tmp_path
):
    parameters = DiffusionParameters(**default_parameters["diffusion"])
    images, index = all_digits
    model, *_ = train_diffusion(images, index, parameters, tmp_path)
    labels, split = index["label"].to_numpy(), index["split"].to_numpy()
    generator: Any = unpack_diffusion(model, parameters.sampler)
    latents = sample_latents((split == "test").sum(), generator.latent_dim, 0)
    asked = proportional_labels(labels[split == "train"], len(latents), generator.class_count)
    drawn = generate_images(generator, latents, torch.from_numpy(asked), batch_size=256)
    classifier = unpack(digits_classifier, "classifier", VisionTransformer)
    outputs, train, test = (
        classifier_outputs(classifier, pictures, batch_size=256)
        for pictures in (drawn, images[split == "train"], images[split == "test"])
    )
    settings = EvaluateGeneratorsParameters(**default_parameters["evaluate_generators"]).fidelity
    true = labels[split == "test"]
    real = real_splits(train, test, true, settings, sample_count=len(drawn))
    metrics = generator_metrics(outputs, asked, real, settings)
    assert metrics["label_accuracy"] > 0.95
    assert metrics["test.coverage"] > 0.7
    assert metrics["test.frechet_distance"] < 3
