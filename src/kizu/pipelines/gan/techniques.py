"""The techniques that the parameters ask for, as the terms and transforms of a training."""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn

from kizu.objectives.adaptive import AdaptiveProbability
from kizu.objectives.adversarial import ADVERSARIAL, RELATIVISTIC
from kizu.objectives.augmentation import random_mirror, random_shift
from kizu.objectives.classification import classification_discriminator, classification_generator
from kizu.objectives.diff_augment import OPERATIONS, diff_augment
from kizu.objectives.diversity import mode_seeking_loss
from kizu.objectives.noise import InstanceNoise, dequantize
from kizu.objectives.penalties import (
    consistency_penalty,
    gradient_penalty,
    orthogonal_penalty,
    r1_penalty,
)
from kizu.pipelines.gan.parameters import ConsistencyParameters, GanParameters
from kizu.training.adversarial import Controller, Transform
from kizu.training.game import (
    DiscriminatorRound,
    GeneratorRound,
    Term,
    discriminator_objective,
    generator_objective,
    relativistic_generator_objective,
)

DiscriminatorTerms = list[Term[DiscriminatorRound]]
GeneratorTerms = list[Term[GeneratorRound]]


def adversarial_terms(parameters: GanParameters) -> tuple[DiscriminatorTerms, GeneratorTerms]:
    """The two sides of the adversarial loss."""
    name, target = parameters.objective.loss, parameters.objective.real_target
    if name in RELATIVISTIC:
        relativistic = RELATIVISTIC[name]
        return [discriminator_objective(relativistic.discriminator)], [
            relativistic_generator_objective(relativistic.generator)
        ]
    objective = ADVERSARIAL[name]
    smoothed = {} if target == 1 else {"real_target": target}
    return [discriminator_objective(partial(objective.discriminator, **smoothed))], [
        generator_objective(objective.generator)
    ]


def discriminator_terms(parameters: GanParameters, discriminator: nn.Module) -> DiscriminatorTerms:
    """Everything that the discriminator minimizes."""
    terms, _ = adversarial_terms(parameters)
    regularizers, conditioning = parameters.regularizers, parameters.conditioning
    if conditioning.kind == "auxiliary":
        weight = conditioning.classification_weight
        terms.append(Term("classification", _discriminator_classification, weight))
    if parameters.quantizer:
        terms.append(Term("quantization", _quantization))
    if regularizers.gradient_penalty:
        terms.append(Term("gradient_penalty", _gradient_penalty, regularizers.gradient_penalty))
    if regularizers.r1:
        terms.append(Term("r1", _r1, regularizers.r1))
    if regularizers.consistency:
        compare = partial(_consistency, regularizers.consistency)
        terms.append(Term("consistency", compare, regularizers.consistency.weight))
    if regularizers.discriminator_orthogonal:
        overlap = partial(_overlap, discriminator)
        terms.append(Term("orthogonal", overlap, regularizers.discriminator_orthogonal))
    return terms


def generator_terms(parameters: GanParameters, generator: nn.Module) -> GeneratorTerms:
    """Everything that the generator minimizes."""
    _, terms = adversarial_terms(parameters)
    regularizers, conditioning = parameters.regularizers, parameters.conditioning
    if conditioning.kind == "auxiliary":
        weight = conditioning.classification_weight
        terms.append(Term("classification", _generator_classification, weight))
    if parameters.quantizer and parameters.quantizer.trains_generator:
        terms.append(Term("quantization", _quantization))
    if regularizers.mode_seeking:
        weight = regularizers.mode_seeking
        terms.append(Term("mode_seeking", _mode_seeking, weight, needs_pairs=True))
    if regularizers.generator_orthogonal:
        overlap = partial(_overlap, generator)
        terms.append(Term("orthogonal", overlap, regularizers.generator_orthogonal))
    return terms


class View(NamedTuple):
    """What the discriminator sees of images.

    Attributes:
        real_transforms: of real images, first.
        transforms: of all images.
        controllers: modules that steer them, by name.
    """

    real_transforms: list[Transform]
    transforms: list[Transform]
    controllers: dict[str, Controller]


def view(parameters: GanParameters) -> View:
    """The augmentation and the noise on the images that the discriminator sees."""
    augmentation = parameters.augmentation
    shown = View([dequantize] if augmentation.dequantize else [], [], {})
    if augmentation.operations:
        operations = [OPERATIONS[name] for name in augmentation.operations]
        adaptive = augmentation.adaptive
        if adaptive is None:
            shown.transforms.append(partial(diff_augment, operations=operations))
        else:
            between = adaptive.interval * parameters.training.batch_size
            controller = AdaptiveProbability(
                adaptive.target, adaptive.interval, between / adaptive.ramp_images
            )
            shown.transforms.append(
                lambda images, generator: diff_augment(
                    images, generator, operations, controller.probability
                )
            )
            shown.controllers["augmentation"] = controller
    if noise := augmentation.instance_noise:
        updates = noise.decay_steps * parameters.schedules.discriminator_steps
        added = InstanceNoise(noise.deviation, updates)
        shown.transforms.append(added)
        shown.controllers["instance_noise"] = added
    return shown


def filters(network: nn.Module) -> list[nn.Parameter]:
    """The weights that an orthogonal penalty is about: all matrices and kernels but embeddings.

    A row of an embedding is a class, and two classes may be alike (Brock et al. 2019, appendix B).
    """
    embedded = {
        id(weight)
        for module in network.modules()
        if isinstance(module, nn.Embedding)
        for weight in module.parameters()
    }
    return [
        weight for weight in network.parameters() if weight.ndim >= 2 and id(weight) not in embedded
    ]


def _discriminator_classification(shown: DiscriminatorRound) -> Tensor:
    sides = (shown.real.class_logits, shown.real.labels, shown.fake.class_logits, shown.fake.labels)
    return classification_discriminator(*cast(tuple[Tensor, Tensor, Tensor, Tensor], sides))


def _generator_classification(shown: GeneratorRound) -> Tensor:
    side = (shown.fake.class_logits, shown.fake.labels)
    return classification_generator(*cast(tuple[Tensor, Tensor], side))


def _quantization(shown: DiscriminatorRound | GeneratorRound) -> Tensor:
    return cast(Tensor, shown.quantization_loss)


def _gradient_penalty(shown: DiscriminatorRound) -> Tensor:
    reals, fakes = shown.real.images, shown.fake.images
    return gradient_penalty(_judge_as_real(shown), reals, fakes, shown.generator)


def _r1(shown: DiscriminatorRound) -> Tensor:
    return r1_penalty(_judge_as_real(shown), shown.real.images)


def _consistency(parameters: ConsistencyParameters, shown: DiscriminatorRound) -> Tensor:
    images = shown.real.images
    if parameters.mirror:
        images = random_mirror(images, shown.generator)
    if parameters.shift:
        images = random_shift(images, shown.generator, parameters.shift)
    return consistency_penalty(shown.real.logits, shown.logits(images, shown.real.labels))


def _mode_seeking(shown: GeneratorRound) -> Tensor:
    return mode_seeking_loss(shown.latent, shown.images)


def _overlap(network: nn.Module, shown: DiscriminatorRound | GeneratorRound) -> Tensor:
    # In the weights' own precision: under autocast the products of rows would be rounded.
    with torch.autocast(shown.fake.images.device.type, enabled=False):
        return orthogonal_penalty(filters(network))


def _judge_as_real(shown: DiscriminatorRound) -> Callable[[Tensor], Tensor]:
    return lambda images: shown.logits(images, shown.real.labels)
