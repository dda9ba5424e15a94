"""The two networks as the parameters want them, or a sentence on why they cannot be."""

import numpy as np

from kizu.models.gan import Discriminator, Generator, build_gan
from kizu.pipelines.gan.parameters import GanParameters
from kizu.training.errors import TrainingError


def build_networks(
    parameters: GanParameters, *, image_shape: tuple[int, ...], class_count: int
) -> tuple[Generator, Discriminator]:
    """Build generator and discriminator for images of one shape, before anything is trained.

    Args:
        parameters: of the stage.
        image_shape: (C, H, W) of the images, H = W.
        class_count: classes in the data.

    Raises:
        TrainingError: the parameters do not fit each other, the images or the classes; it names
            the key, its value and the choices.
    """
    kind = parameters.conditioning.kind
    if kind != "none" and class_count < 2:
        raise TrainingError(
            f"gan.conditioning.kind is {kind!r}, but the data has {class_count} class.",
            "Set it to none.",
        )
    channels, height, width = image_shape
    if height != width:
        raise TrainingError(
            f"The images are {height}x{width} pixels; the GAN makes square ones.",
            "Make them square in the stage images.",
        )
    architecture = parameters.architecture
    try:
        generator, discriminator = build_gan(
            architecture.family,
            image_size=width,
            channels=channels,
            class_count=0 if kind == "none" else class_count,
            latent_dim=architecture.latent_dim,
            generator_width=architecture.generator_width,
            discriminator_width=architecture.discriminator_width,
            generator_options=architecture.generator_options,
            discriminator_options=_discriminator_options(parameters),
        )
    except ValueError as error:
        raise TrainingError(
            f"The GAN cannot be built from gan.architecture, conditioning and quantizer: {error}.",
            "Correct that option; nothing has been trained.",
        ) from error
    _check_batches(parameters, generator, discriminator)
    return generator, discriminator


def check_classes(labels: np.ndarray, class_count: int) -> None:
    """Refuse labels (N,) that are no number of a class.

    Raises:
        TrainingError: a label is not in [0, ``class_count``); it names the label.
    """
    strange = labels[(labels < 0) | (labels >= class_count)]
    if len(strange):
        raise TrainingError(
            f"The label {strange[0]} is out of range: the {class_count} classes are numbered "
            f"from 0 to {class_count - 1}.",
            "Run the stage images again; it numbers the classes.",
        )


def _discriminator_options(parameters: GanParameters) -> dict[str, object]:
    """What of the discriminator is no choice of its own, but follows from other groups.

    An option that has the family's default is left out.
    """
    options = dict(parameters.architecture.discriminator_options)
    if parameters.conditioning.kind == "auxiliary":
        options["conditioning"] = "auxiliary"
    if parameters.quantizer is not None:
        options["quantization"] = parameters.quantizer.model_dump(exclude={"trains_generator"})
    return options


def _check_batches(
    parameters: GanParameters, generator: Generator, discriminator: Discriminator
) -> None:
    """Refuse a batch of one where a layer compares the images of its batch."""
    size = parameters.training.batch_size
    coupled = {
        "generator": generator.has_batch_statistics,
        "discriminator": discriminator.couples_batch,
    }
    for name, couples in coupled.items():
        if couples and size < 2:
            raise TrainingError(
                f"gan.training.batch_size is {size}, but the {name} compares the images of a "
                "batch (batch normalization, or minibatch features).",
                "Set it to 2 or more, or choose a normalization and minibatch without batches.",
            )
