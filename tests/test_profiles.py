"""The profiles of conf/: every stage's parameters are valid, and fit the profile's own images."""

from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch

from kizu.lineage.configuration import config_loader
from kizu.lineage.parameters import validated_parameters
from kizu.lineage.project import Project
from kizu.lineage.stages import load_stages
from kizu.models.bigan import JointDiscriminator
from kizu.models.encoder import Encoder
from kizu.models.gan import build_gan
from kizu.pipelines.classifier.building import build_classifier
from kizu.pipelines.diffusion.watching import build_network
from kizu.pipelines.gan.networks import build_networks
from kizu.preprocessing.steps import apply_steps

PROJECT = Project.at(Path(__file__).parents[1])


class Photographs(NamedTuple):
    """What a source gives: one of the sizes (H, W), how many classes, and names of some."""

    size: tuple[int, int]
    class_count: int
    some_classes: frozenset[str]


DIGITS = frozenset("0123456789")


SOURCES = {
    "base": Photographs((8, 8), 10, DIGITS),
    "cifar10": Photographs((32, 32), 10, frozenset({"airplane", "cat"})),
    "cifar100": Photographs((32, 32), 100, frozenset({"apple", "bear"})),
    "flowers": Photographs((500, 667), 102, frozenset(f"{number:03d}" for number in range(1, 103))),
    "hymenoptera": Photographs((375, 500), 2, frozenset({"ants", "bees"})),
    "mnist": Photographs((28, 28), 10, DIGITS),
    "stl10": Photographs((96, 96), 10, frozenset({"airplane", "cat"})),
}
# Its images are as large as a pretrained classifier wants them, and no generator makes such.
CLASSIFIED_ALONE = {"hymenoptera"}
GENERATED = sorted(SOURCES.keys() - CLASSIFIED_ALONE)


class Fitted(NamedTuple):
    """A profile's parameters by stage, the shape (C, H, W) of its images, and its classes."""

    parameters: dict[str, Any]
    shape: tuple[int, int, int]
    class_count: int


@pytest.fixture(scope="module")
def parameters_of():
    """The parameters of a profile as the nodes take them, by stage."""
    stages = load_stages(PROJECT)

    @cache
    def validated(profile):
        raw = config_loader(PROJECT, profile)["parameters"]
        found = validated_parameters(PROJECT, stages, raw, profile)
        return {name.removeprefix("params:"): value for name, value in found.items()}

    return validated


@pytest.fixture
def fit(parameters_of):
    """What the stages of a profile work with."""

    def of(profile):
        parameters, source = parameters_of(profile), SOURCES[profile]
        channels = 1 if parameters["images"].channels == "gray" else 3
        blank = np.zeros((*source.size, channels), np.uint8)
        height, width, _ = apply_steps(blank, parameters["images"].steps).shape
        return Fitted(parameters, (channels, height, width), source.class_count)

    # Shapes alone: the networks get no memory.
    with torch.device("meta"):
        yield of


@pytest.mark.parametrize("profile", PROJECT.profiles)
def test_every_profile_is_valid(parameters_of, profile):
    assert parameters_of(profile)


@pytest.mark.parametrize("profile", SOURCES)
def test_a_classifier_fits_the_images(fit, profile):
    parameters, shape, class_count = fit(profile)
    asked = parameters["classifier"]
    # Fresh weights will do, and need no file.
    fresh = asked.model_copy(update={"model": asked.model.model_copy(update={"pretrained": None})})
    classifier = build_classifier(fresh, (2, *shape), class_count).eval()
    assert classifier(torch.empty(2, *shape)).shape == (2, class_count)


@pytest.mark.parametrize("profile", GENERATED)
def test_a_gan_fits_the_images(fit, profile):
    parameters, shape, class_count = fit(profile)
    networks = build_networks(parameters["gan"], image_shape=shape, class_count=class_count)
    generator, discriminator = networks
    labels = torch.zeros(2).long()
    images = generator(torch.empty(2, generator.latent_dim), labels)
    assert images.shape == (2, *shape)
    assert discriminator(images, labels).shape == (2,)


@pytest.mark.parametrize("profile", GENERATED)
def test_a_diffusion_model_fits_the_images(fit, profile):
    parameters, (channels, _, width), class_count = fit(profile)
    network = build_network(
        parameters["diffusion"].network,
        image_size=width,
        channels=channels,
        class_count=class_count,
    )
    assert network.class_count == class_count


@pytest.mark.parametrize("profile", GENERATED)
def test_the_detectors_fit_the_images(fit, profile):
    parameters, (channels, _, width), class_count = fit(profile)
    asked = parameters["detect_images"]
    # Something is normal, and something is not.
    assert set(asked.normal_classes) <= SOURCES[profile].some_classes
    assert len(asked.normal_classes) < class_count
    gan, efficient = asked.anogan.gan, asked.efficient_gan
    build_gan(
        gan.family,
        width,
        channels,
        latent_dim=gan.latent_dim,
        generator_width=gan.generator_width,
        discriminator_width=gan.discriminator_width,
    )
    JointDiscriminator(width, channels, efficient.latent_dim, efficient.discriminator_width)
    Encoder(width, channels, efficient.latent_dim, efficient.encoder_width)


@pytest.mark.parametrize("profile", GENERATED)
def test_samples_are_as_many_as_the_metrics_need(parameters_of, profile):
    evaluated = parameters_of(profile)["evaluate_generators"]
    settings = evaluated.fidelity
    needed = (settings.kernel_subset_size, settings.inception_splits, settings.neighbors + 1)
    assert evaluated.sample_count >= max(needed)
