"""The GAN families by name: a matching generator and discriminator from one set of arguments."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from kizu.models.checks import check_choice
from kizu.models.dcgan import DcganDiscriminator, DcganGenerator
from kizu.models.sngan import (
    SnganCnnDiscriminator,
    SnganCnnGenerator,
    SnganResnetDiscriminator,
    SnganResnetGenerator,
)

Generator = DcganGenerator | SnganCnnGenerator | SnganResnetGenerator
Discriminator = DcganDiscriminator | SnganCnnDiscriminator | SnganResnetDiscriminator


class Family(NamedTuple):
    """The two networks of a GAN."""

    generator: type[Generator]
    discriminator: type[Discriminator]


FAMILIES: Mapping[str, Family] = {
    "dcgan": Family(DcganGenerator, DcganDiscriminator),
    "sngan_cnn": Family(SnganCnnGenerator, SnganCnnDiscriminator),
    "sngan_resnet": Family(SnganResnetGenerator, SnganResnetDiscriminator),
}

# Accepted by `unpack`, which picks by the stored kind.
GENERATORS = tuple(family.generator for family in FAMILIES.values())
DISCRIMINATORS = tuple(family.discriminator for family in FAMILIES.values())


def build_gan(
    family: str,
    image_size: int,
    channels: int,
    class_count: int = 0,
    latent_dim: int = 128,
    generator_width: int | None = None,
    discriminator_width: int | None = None,
) -> tuple[Generator, Discriminator]:
    """Build a generator and a discriminator with fresh weights.

    Args:
        family: a key of ``FAMILIES``.
        image_size: height and width in pixels; which ones exist depends on the family.
        channels: of the images, 1 or 3.
        class_count: 0 builds an unconditional GAN.
        latent_dim: of the generator's input.
        generator_width: base channels; None takes the paper's.
        discriminator_width: base channels; None takes the paper's.

    Raises:
        ValueError: an unknown family, a size that the family cannot make, or a count below 1.
    """
    check_choice("family", family, FAMILIES)
    networks = FAMILIES[family]
    generator = networks.generator(
        image_size, channels, class_count, latent_dim, **_width(generator_width)
    )
    discriminator = networks.discriminator(
        image_size, channels, class_count, **_width(discriminator_width)
    )
    return generator, discriminator


def _width(width: int | None) -> dict[str, Any]:
    return {} if width is None else {"width": width}
