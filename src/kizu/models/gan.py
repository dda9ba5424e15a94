"""The GAN families by name: a matching generator and discriminator from one set of arguments."""

import inspect
from collections.abc import Mapping
from typing import Any, NamedTuple, get_type_hints

from kizu.models.biggan import BigganDiscriminator, BigganGenerator
from kizu.models.checks import check_choice, check_type
from kizu.models.dcgan import DcganDiscriminator, DcganGenerator
from kizu.models.discriminator import Discriminator, DiscriminatorOptions
from kizu.models.generator import Generator
from kizu.models.sagan import SaganDiscriminator, SaganGenerator
from kizu.models.sngan_cnn import SnganCnnDiscriminator, SnganCnnGenerator
from kizu.models.sngan_resnet import SnganResnetDiscriminator, SnganResnetGenerator

__all__ = ["DISCRIMINATORS", "FAMILIES", "GENERATORS", "Discriminator", "Generator", "build_gan"]


class Family(NamedTuple):
    """The two networks of a GAN."""

    generator: type[Generator]
    # Not type[Discriminator]: that one is built from blocks, these from an image size.
    discriminator: (
        type[DcganDiscriminator]
        | type[SnganCnnDiscriminator]
        | type[SnganResnetDiscriminator]
        | type[SaganDiscriminator]
        | type[BigganDiscriminator]
    )


FAMILIES: Mapping[str, Family] = {
    "dcgan": Family(DcganGenerator, DcganDiscriminator),
    "sngan_cnn": Family(SnganCnnGenerator, SnganCnnDiscriminator),
    "sngan_resnet": Family(SnganResnetGenerator, SnganResnetDiscriminator),
    "sagan": Family(SaganGenerator, SaganDiscriminator),
    "biggan": Family(BigganGenerator, BigganDiscriminator),
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
    generator_options: Mapping[str, Any] | None = None,
    discriminator_options: Mapping[str, Any] | None = None,
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
        generator_options: keyword arguments of the family's generator, see its class.
        discriminator_options: keyword arguments of the family's discriminator, see its class and
            `DiscriminatorOptions`.

    Raises:
        ValueError: an unknown family or option, an option of another type, a size that the family
            cannot make, or a count below 1.
    """
    check_choice("family", family, FAMILIES)
    networks = FAMILIES[family]
    for_generator = _checked("generator_options", generator_options, networks.generator)
    for_discriminator = _checked(
        "discriminator_options", discriminator_options, networks.discriminator
    )
    generator = networks.generator(
        image_size, channels, class_count, latent_dim, **_width(generator_width), **for_generator
    )
    discriminator = networks.discriminator(
        image_size, channels, class_count, **_width(discriminator_width), **for_discriminator
    )
    return generator, discriminator


def _width(width: int | None) -> dict[str, Any]:
    return {} if width is None else {"width": width}


def _checked(
    name: str,
    options: Mapping[str, Any] | None,
    network: type[Generator] | type[Discriminator],
) -> Mapping[str, Any]:
    """Return ``options``; raise ValueError for one that ``network`` does not take so."""
    hints = get_type_hints(network.__init__)
    choices = {
        parameter.name: hints[parameter.name]
        for parameter in inspect.signature(network).parameters.values()
        if parameter.kind is parameter.KEYWORD_ONLY
    }
    if issubclass(network, Discriminator):
        choices |= get_type_hints(DiscriminatorOptions)
    for option, value in (options or {}).items():
        check_choice(name, option, choices)
        check_type(f"{name}.{option}", value, choices[option])
    return options or {}
