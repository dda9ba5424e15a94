"""The rounds of an adversarial game, and the terms that a loss is put together from.

A technique is data: a term that reads what one round has to show. Lists of terms make the losses
of the two networks (see `kizu.training.adversarial.AdversarialTask`).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Generic, TypeVar

import torch
from torch import Tensor


@dataclass(frozen=True)
class Judged:
    """A batch as the discriminator saw it, and what it says of it.

    Attributes:
        images: (N, C, H, W), after every transform.
        labels: (N,) int64, or None without classes.
        logits: (N,) float32.
        class_logits: (N, K) float32, or None without an auxiliary classifier.
    """

    images: Tensor
    labels: Tensor | None
    logits: Tensor
    class_logits: Tensor | None


@dataclass(frozen=True)
class DiscriminatorRound:
    """What the discriminator's loss can be made of.

    Attributes:
        real: Real images.
        fake: Generated images, without a graph of the generator.
        quantization_loss: 0-d, real and generated images' together; None without quantizers.
        logits: `(images, labels | None)` to the same discriminator's logits (N,) of further images,
            float32; moves no codebook.
        generator: The run's random numbers.
    """

    real: Judged
    fake: Judged
    quantization_loss: Tensor | None
    logits: Callable[[Tensor, Tensor | None], Tensor]
    generator: torch.Generator


@dataclass(frozen=True)
class GeneratorRound:
    """What the generator's loss can be made of.

    Attributes:
        latent: (N, latent_dim).
        images: (N, C, H, W) as generated, before any transform.
        fake: The same images as the discriminator saw them.
        quantization_loss: 0-d; None without quantizers.
        real: The last batch of real images, judged; None where no term needs it.
    """

    latent: Tensor
    images: Tensor
    fake: Judged
    quantization_loss: Tensor | None
    real: Judged | None


Round = TypeVar("Round", DiscriminatorRound, GeneratorRound)


@dataclass(frozen=True)
class Term(Generic[Round]):
    """A part of a loss.

    Attributes:
        name: In the history, after `discriminator_` or `generator_`.
        loss: `(round) -> 0-d tensor`.
        weight: Its factor in the sum; the history shows the term itself.
        needs_reals: Whether the generator's round must show real images too.
        needs_pairs: Whether rows i and N/2 + i of the generator's round must be of one class.
    """

    name: str
    loss: Callable[[Round], Tensor]
    weight: float = 1.0
    needs_reals: bool = False
    needs_pairs: bool = False


def discriminator_objective(
    loss: Callable[[Tensor, Tensor], Tensor],
) -> Term[DiscriminatorRound]:
    """The adversarial loss `(real_logits, fake_logits) -> scalar` as the term `loss`."""
    return Term("loss", lambda shown: loss(shown.real.logits, shown.fake.logits))


def generator_objective(loss: Callable[[Tensor], Tensor]) -> Term[GeneratorRound]:
    """The adversarial loss `(fake_logits) -> scalar` as the term `loss`."""
    return Term("loss", lambda shown: loss(shown.fake.logits))


def relativistic_generator_objective(
    loss: Callable[[Tensor, Tensor], Tensor],
) -> Term[GeneratorRound]:
    """The adversarial loss `(real_logits, fake_logits) -> scalar` as the term `loss`."""

    def compare(shown: GeneratorRound) -> Tensor:
        assert shown.real is not None, "needs_reals asks for it"
        return loss(shown.real.logits, shown.fake.logits)

    return Term("loss", compare, needs_reals=True)


def weigh(terms: Iterable[Term[Round]], shown: Round) -> tuple[Tensor, dict[str, Tensor]]:
    """The weighted sum of the terms, and each term detached by its name."""
    values = [(term, term.loss(shown)) for term in terms]
    # A weight of one costs no kernel.
    total = reduce(add, (v if term.weight == 1 else term.weight * v for term, v in values))
    return total, {term.name: value.detach() for term, value in values}
