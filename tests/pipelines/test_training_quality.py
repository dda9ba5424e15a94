"""The defaults of the stages that train, in full: minutes each."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
import yaml

from kizu.evaluation.diffusion_generation import unpack_diffusion
from kizu.evaluation.extraction import classifier_outputs
from kizu.evaluation.fidelity import generator_metrics
from kizu.evaluation.generation import generate_images, proportional_labels, sample_latents
from kizu.models.serialization import unpack
from kizu.models.vit import VisionTransformer
from kizu.pipelines.classifier.nodes import evaluate_classifier, train_classifier
from kizu.pipelines.classifier.parameters import ClassifierParameters
from kizu.pipelines.diffusion.nodes import train_diffusion
from kizu.pipelines.diffusion.parameters import DiffusionParameters
from kizu.pipelines.evaluate_generators.nodes import measure_fidelity
from kizu.pipelines.evaluate_generators.parameters import EvaluateGeneratorsParameters
from kizu.pipelines.gan.nodes import train_gan
from kizu.pipelines.gan.parameters import GanParameters
from kizu.pipelines.images.nodes import prepare_images, split_images
from kizu.pipelines.images.parameters import ImagesParameters
from kizu.sources.digits import read_digits

CONF = Path(__file__).parents[2] / "conf" / "base"

pytestmark = pytest.mark.slow


def defaults(stage: str) -> dict[str, Any]:
    return yaml.safe_load((CONF / f"parameters_{stage}.yml").read_text())[stage]


@pytest.fixture(scope="module")
def digits() -> tuple[np.ndarray, pd.DataFrame]:
    """All built-in digits, as the stage `images` hands them on."""
    digits = list(read_digits())
    columns = ("id", "path", "label", "split")
    manifest = pd.DataFrame([{name: getattr(digit, name) for name in columns} for digit in digits])
    contents = {digit.path: digit.content for digit in digits}
    parameters = ImagesParameters(**defaults("images"))
    images = np.asarray(prepare_images(contents, manifest, parameters))
    return images, split_images(images, manifest, parameters)


@pytest.fixture(scope="module")
def classifier_model(digits, tmp_path_factory):
    parameters = ClassifierParameters(**defaults("classifier"))
    return train_classifier(*digits, parameters, tmp_path_factory.mktemp("classifier"))[0]


def test_the_classifier_tells_the_digits_apart(digits, classifier_model):
    parameters = ClassifierParameters(**defaults("classifier"))
    metrics, *_ = evaluate_classifier(*digits, classifier_model, parameters)
    assert metrics["test.accuracy"] > 0.97


def test_the_gan_draws_digits_as_asked_and_of_every_kind(digits, classifier_model, tmp_path):
    gan_model, *_ = train_gan(*digits, GanParameters(**defaults("gan")), tmp_path)
    parameters = EvaluateGeneratorsParameters(**defaults("evaluate_generators"))
    metrics, _ = measure_fidelity(*digits, gan_model, classifier_model, parameters)
    assert metrics["label_accuracy"] > 0.95
    assert metrics["test.coverage"] > 0.7
    assert metrics["test.frechet_distance"] < 3


def test_the_diffusion_model_draws_digits_as_asked_and_of_every_kind(
    digits, classifier_model, tmp_path
):
    parameters = DiffusionParameters(**defaults("diffusion"))
    images, index = digits
    model, *_ = train_diffusion(images, index, parameters, tmp_path)
    labels, split = index["label"].to_numpy(), index["split"].to_numpy()
    generator: Any = unpack_diffusion(model, parameters.sampler)
    latents = sample_latents((split == "test").sum(), generator.latent_dim, 0)
    asked = proportional_labels(labels[split == "train"], len(latents), generator.class_count)
    drawn = generate_images(generator, latents, torch.from_numpy(asked), batch_size=256)
    classifier = unpack(classifier_model, "classifier", VisionTransformer)
    outputs, train, test = (
        classifier_outputs(classifier, pictures, batch_size=256)
        for pictures in (drawn, images[split == "train"], images[split == "test"])
    )
    settings = EvaluateGeneratorsParameters(**defaults("evaluate_generators")).fidelity
    true = labels[split == "test"]
    metrics = generator_metrics(outputs, asked, train, test, true, settings)
    assert metrics["label_accuracy"] > 0.95
    assert metrics["test.coverage"] > 0.7
    assert metrics["test.frechet_distance"] < 3
