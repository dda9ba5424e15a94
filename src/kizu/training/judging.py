"""What a discriminator says of real and generated images, in one pass or in two."""

from collections.abc import Mapping
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from kizu.training.game import Judged


class CodebookUse(Protocol):
    """How many codes of a codebook are in use."""

    @property
    def perplexity(self) -> Tensor:
        """0-d: the number of codes that would be as even, were they used evenly."""
        ...

    @property
    def dead_codes(self) -> Tensor:
        """0-d: codes that nothing was close to of late."""
        ...


class Verdict(Protocol):
    """What a discriminator's `judge` returns."""

    @property
    def logits(self) -> Tensor:
        """(N,)."""
        ...

    @property
    def class_logits(self) -> Tensor | None:
        """(N, K) of an auxiliary classifier; None without one."""
        ...

    @property
    def quantization_loss(self) -> Tensor | None:
        """0-d, a mean over the batch; None without quantizers."""
        ...

    @property
    def codebooks(self) -> Mapping[str, CodebookUse]:
        """By the quantizer's place."""
        ...


class Judge(Protocol):
    """A discriminator's method of that name."""

    def __call__(
        self, images: Tensor, labels: Tensor | None, *, update_codebooks: bool = False
    ) -> Verdict:
        """Judge images (N, C, H, W); codebooks learn from them where asked to."""
        ...


class BothJudged(NamedTuple):
    """The verdicts on a real and a generated batch.

    Attributes:
        real: Of the real images.
        fake: Of the generated images.
        quantization_loss: 0-d, the mean over real plus that over generated images, or None.
        codebooks: Use of the codebooks, by place.
    """

    real: Judged
    fake: Judged
    quantization_loss: Tensor | None
    codebooks: Mapping[str, CodebookUse]


def judge_one(judge: Judge, images: Tensor, labels: Tensor | None) -> tuple[Judged, Tensor | None]:
    """Judge a batch with the codebooks at rest.

    Returns:
        The verdict, and the quantization loss where there are quantizers.
    """
    verdict = judge(images, labels)
    return _judged(images, labels, verdict), verdict.quantization_loss


def judge_together(
    judge: Judge,
    reals: Tensor,
    real_labels: Tensor | None,
    fakes: Tensor,
    fake_labels: Tensor | None,
) -> BothJudged:
    """Judge both batches, of one size, in one pass; codebooks learn from it."""
    labels = None
    if real_labels is not None and fake_labels is not None:
        labels = torch.cat([real_labels, fake_labels])
    verdict = judge(torch.cat([reals, fakes]), labels, update_codebooks=True)
    real_logits, fake_logits = verdict.logits.float().chunk(2)
    real_classes, fake_classes = (
        (None, None) if verdict.class_logits is None else verdict.class_logits.float().chunk(2)
    )
    loss = verdict.quantization_loss
    return BothJudged(
        Judged(reals, real_labels, real_logits, real_classes),
        Judged(fakes, fake_labels, fake_logits, fake_classes),
        None if loss is None else 2 * loss,
        verdict.codebooks,
    )


def judge_apart(
    judge: Judge,
    reals: Tensor,
    real_labels: Tensor | None,
    fakes: Tensor,
    fake_labels: Tensor | None,
) -> BothJudged:
    """Judge each batch in a pass of its own; codebooks learn from both."""
    real = judge(reals, real_labels, update_codebooks=True)
    fake = judge(fakes, fake_labels, update_codebooks=True)
    losses = real.quantization_loss, fake.quantization_loss
    return BothJudged(
        _judged(reals, real_labels, real),
        _judged(fakes, fake_labels, fake),
        None if losses[0] is None or losses[1] is None else losses[0] + losses[1],
        fake.codebooks,
    )


def _judged(images: Tensor, labels: Tensor | None, verdict: Verdict) -> Judged:
    classes = None if verdict.class_logits is None else verdict.class_logits.float()
    return Judged(images, labels, verdict.logits.float(), classes)
