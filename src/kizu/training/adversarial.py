"""Adversarial training: discriminator steps, then one generator step."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, cast

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from kizu.training.context import StepContext
from kizu.training.data import to_unit
from kizu.training.ema import ExponentialMovingAverage
from kizu.training.game import DiscriminatorRound, GeneratorRound, Term, weigh
from kizu.training.judging import Judge, judge_apart, judge_one, judge_together
from kizu.training.schedules import Schedule
from kizu.training.task import Batch

Transform = Callable[[Tensor, torch.Generator], Tensor]
"""Maps images (N, C, H, W) in [-1, 1] to what the discriminator sees of them."""


class Controller(Protocol):
    """A module (its buffers are its state) that follows how the discriminator is doing."""

    def observe(self, real_logits: Tensor) -> None:
        """Take notice of one update's logits of real images (N,), without waiting for them."""
        ...

    def metrics(self) -> Mapping[str, Tensor]:
        """What the history should show of it, 0-d."""
        ...


class AdversarialTask:
    """One step: `discriminator_steps` updates of the discriminator, one of the generator.

    Batches carry `images` (uint8 (N, C, H, W)) and, for a conditional generator, `labels`
    (int64 (N,)). What a step does not do: record a graph of the generator in the discriminator's
    updates (its samples come from `no_grad`); compute gradients of the discriminator's weights in
    the generator's update (they are frozen there); run the discriminator twice per update where
    once will do (reals and fakes share one pass, and so one power iteration of spectral norm),
    except where it couples the images of a batch, which must not mix the two. Codebooks learn
    from the pass over reals and fakes alone.

    Args:
        generator: `forward(latent (N, latent_dim), labels (N,) | None)`, with attributes
            `latent_dim` and `class_count` (0: unconditional).
        discriminator: `judge(images (N, C, H, W), labels | None, update_codebooks) -> Verdict`,
            with attribute `couples_batch`.
        discriminator_terms, generator_terms: What each network minimizes the weighted sum of.
        generator_optimizer, discriminator_optimizer: Over the networks' parameters.
        real_transforms: Applied to real images, before `transforms`.
        transforms: Applied to all images that the discriminator sees, one after another.
        controllers: Modules by name that are shown each update's real logits; saved, moved and
            kept equal across processes as the networks are.
        discriminator_steps: n_dis, discriminator updates per generator update.
        generator_batch_multiple: Size of the generator's batch in units of the discriminator's.
        average: Moving average of the generator, kept by the engine.
        schedules: Learning rate factors for `generator` and `discriminator`.
    """

    def __init__(
        self,
        generator: nn.Module,
        discriminator: nn.Module,
        *,
        discriminator_terms: Sequence[Term[DiscriminatorRound]],
        generator_terms: Sequence[Term[GeneratorRound]],
        generator_optimizer: Optimizer,
        discriminator_optimizer: Optimizer,
        real_transforms: Sequence[Transform] = (),
        transforms: Sequence[Transform] = (),
        controllers: Mapping[str, Controller] | None = None,
        discriminator_steps: int = 1,
        generator_batch_multiple: int = 1,
        average: ExponentialMovingAverage | None = None,
        schedules: Mapping[str, Schedule] | None = None,
    ) -> None:
        self.generator = generator
        self.discriminator = discriminator
        self.latent_dim = cast(int, generator.latent_dim)
        self.class_count = cast(int, generator.class_count)
        self.discriminator_terms = discriminator_terms
        self.generator_terms = generator_terms
        self.real_transforms = real_transforms
        self.transforms = transforms
        self.controllers = dict(controllers or {})
        self.networks = {
            "generator": generator,
            "discriminator": discriminator,
            **cast(dict[str, nn.Module], self.controllers),
        }
        self.optimizers = {
            "generator": generator_optimizer,
            "discriminator": discriminator_optimizer,
        }
        self.schedules = dict(schedules or {})
        self.averages = {"generator": average} if average else {}
        self.batches_per_step = discriminator_steps
        self.generator_batch_multiple = generator_batch_multiple
        # As it is before the engine compiles it.
        self._judge_eagerly = cast(Judge, discriminator.judge)
        self._judge_both = judge_apart if discriminator.couples_batch else judge_together
        self._needs_reals = any(term.needs_reals for term in generator_terms)
        self._needs_pairs = any(term.needs_pairs for term in generator_terms)

    def step(self, batches: Sequence[Batch], context: StepContext) -> dict[str, Tensor]:
        """Train both networks on `discriminator_steps` batches.

        Returns:
            Every term as `discriminator_<name>` or `generator_<name>`, the mean logits
            `real_logits` and `fake_logits`, `<block>_perplexity` and `<block>_dead_codes` of each
            codebook, and the controllers' metrics; of the discriminator's figures those of its
            last update.
        """
        for batch in batches:
            metrics = self._update_discriminator(batch, context)
        return metrics | self._update_generator(batches[-1], context)

    def _update_discriminator(self, batch: Batch, context: StepContext) -> dict[str, Tensor]:
        with torch.no_grad(), context.autocast():
            latent, fake_labels = self._draw(len(batch["images"]), context)
            fakes = self.generator(latent, fake_labels)
        reals, real_labels = self._reals(batch, context)
        fakes = self._seen(fakes, context)
        with context.autocast():
            both = self._judge_both(self._judge, reals, real_labels, fakes, fake_labels)
            shown = DiscriminatorRound(
                both.real, both.fake, both.quantization_loss, self._logits, context.generator
            )
            loss, terms = weigh(self.discriminator_terms, shown)
        context.update(loss, self.optimizers["discriminator"])
        metrics = {f"discriminator_{name}": value for name, value in terms.items()}
        real_logits = both.real.logits.detach()
        metrics["real_logits"] = real_logits.mean()
        metrics["fake_logits"] = both.fake.logits.detach().mean()
        for place, use in both.codebooks.items():
            metrics[f"{place}_perplexity"] = use.perplexity
            metrics[f"{place}_dead_codes"] = use.dead_codes
        for controller in self.controllers.values():
            controller.observe(real_logits)
            metrics |= controller.metrics()
        return metrics

    def _update_generator(self, batch: Batch, context: StepContext) -> dict[str, Tensor]:
        self.discriminator.requires_grad_(False)
        count = self.generator_batch_multiple * len(batch["images"])
        latent, labels = self._draw(count, context, pairs=self._needs_pairs)
        with context.autocast():
            images = self.generator(latent, labels)
            seen = self._seen(images, context)
            fake, quantization_loss = judge_one(self._judge, seen, labels)
            real = None
            if self._needs_reals:
                real, _ = judge_one(self._judge, *self._reals(batch, context))
            shown = GeneratorRound(latent, images, fake, quantization_loss, real)
            loss, terms = weigh(self.generator_terms, shown)
        context.update(loss, self.optimizers["generator"])
        self.discriminator.requires_grad_(True)
        return {f"generator_{name}": value for name, value in terms.items()}

    @property
    def _judge(self) -> Judge:
        # Looked up at each call: the engine may compile it after this task was made.
        return cast(Judge, self.discriminator.judge)

    def _reals(self, batch: Batch, context: StepContext) -> tuple[Tensor, Tensor | None]:
        images = to_unit(batch["images"])
        for transform in self.real_transforms:
            images = transform(images, context.generator)
        return self._seen(images, context), batch["labels"] if self.class_count else None

    def _seen(self, images: Tensor, context: StepContext) -> Tensor:
        images = images.float()
        for transform in self.transforms:
            images = transform(images, context.generator)
        return images

    def _logits(self, images: Tensor, labels: Tensor | None) -> Tensor:
        # Who wants gradients of images will differentiate them again: no compiled pass can that.
        judge = self._judge_eagerly if images.requires_grad else self._judge
        verdict, _ = judge_one(judge, images, labels)
        return verdict.logits

    def _draw(
        self, count: int, context: StepContext, *, pairs: bool = False
    ) -> tuple[Tensor, Tensor | None]:
        """Latents from the normal distribution, labels uniform over the classes.

        With `pairs`, the second half of the labels repeats the first.
        """
        latent = torch.randn(
            count, self.latent_dim, generator=context.generator, device=context.device
        )
        if not self.class_count:
            return latent, None
        labels = torch.randint(
            self.class_count,
            (count // 2 if pairs else count,),
            generator=context.generator,
            device=context.device,
        )
        return latent, labels.repeat(2) if pairs else labels
