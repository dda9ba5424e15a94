"""Adversarial training: discriminator steps, then one generator step."""

from collections.abc import Callable, Mapping, Sequence
from typing import cast

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from kizu.training.context import StepContext
from kizu.training.data import to_unit
from kizu.training.ema import ExponentialMovingAverage
from kizu.training.schedules import Schedule
from kizu.training.task import Batch


class AdversarialTask:
    """One step: `discriminator_steps` updates of the discriminator, one of the generator.

    Batches carry `images` (uint8 (N, C, H, W)) and, for a conditional generator, `labels`
    (int64 (N,)). What a step does not do: record a graph of the generator in the discriminator's
    updates (its samples come from `no_grad`); compute gradients of the discriminator's weights in
    the generator's update (they are frozen there); run the discriminator twice per update where
    once will do (reals and fakes share one pass, and so one power iteration of spectral norm),
    except under batch norm, whose statistics must not mix the two.

    Args:
        generator: `forward(latent (N, latent_dim), labels (N,) | None)`, with attributes
            `latent_dim` and `class_count` (0: unconditional).
        discriminator: `forward(images (N, C, H, W), labels | None) -> logits (N,)`.
        generator_loss: `(fake_logits) -> scalar`.
        discriminator_loss: `(real_logits, fake_logits) -> scalar`.
        generator_optimizer, discriminator_optimizer: Over the networks' parameters.
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
        generator_loss: Callable[[Tensor], Tensor],
        discriminator_loss: Callable[[Tensor, Tensor], Tensor],
        generator_optimizer: Optimizer,
        discriminator_optimizer: Optimizer,
        discriminator_steps: int = 1,
        generator_batch_multiple: int = 1,
        average: ExponentialMovingAverage | None = None,
        schedules: Mapping[str, Schedule] | None = None,
    ) -> None:
        self.generator = generator
        self.discriminator = discriminator
        self.latent_dim = cast(int, generator.latent_dim)
        self.class_count = cast(int, generator.class_count)
        self.generator_loss = generator_loss
        self.discriminator_loss = discriminator_loss
        self.networks = {"generator": generator, "discriminator": discriminator}
        self.optimizers = {
            "generator": generator_optimizer,
            "discriminator": discriminator_optimizer,
        }
        self.schedules = dict(schedules or {})
        self.averages = {"generator": average} if average else {}
        self.batches_per_step = discriminator_steps
        self.generator_batch_multiple = generator_batch_multiple
        self._one_pass = not any(
            isinstance(module, nn.modules.batchnorm._BatchNorm)
            for module in discriminator.modules()
        )

    def step(self, batches: Sequence[Batch], context: StepContext) -> dict[str, Tensor]:
        """Train both networks on `discriminator_steps` batches.

        Returns:
            `discriminator_loss`, `generator_loss`, and the mean logits `real_logits` and
            `fake_logits`; of the discriminator's figures those of its last update.
        """
        for batch in batches:
            losses = self._update_discriminator(batch, context)
        count = self.generator_batch_multiple * len(batches[0]["images"])
        losses["generator_loss"] = self._update_generator(count, context)
        return losses

    def _update_discriminator(self, batch: Batch, context: StepContext) -> dict[str, Tensor]:
        images = batch["images"]
        real_labels = batch["labels"] if self.class_count else None
        with torch.no_grad(), context.autocast():
            latent, fake_labels = self._draw(len(images), context)
            fakes = self.generator(latent, fake_labels)
        reals = to_unit(images)
        with context.autocast():
            if self._one_pass:
                images = torch.cat([reals, fakes.to(reals.dtype)])
                labels = _concatenated(real_labels, fake_labels)
                real_logits, fake_logits = self.discriminator(images, labels).float().chunk(2)
            else:
                real_logits = self.discriminator(reals, real_labels).float()
                fake_logits = self.discriminator(fakes, fake_labels).float()
            loss = self.discriminator_loss(real_logits, fake_logits)
        context.update(loss, self.optimizers["discriminator"])
        return {
            "discriminator_loss": loss.detach(),
            "real_logits": real_logits.detach().mean(),
            "fake_logits": fake_logits.detach().mean(),
        }

    def _update_generator(self, count: int, context: StepContext) -> Tensor:
        self.discriminator.requires_grad_(False)
        latent, labels = self._draw(count, context)
        with context.autocast():
            logits = self.discriminator(self.generator(latent, labels), labels)
            loss = self.generator_loss(logits.float())
        context.update(loss, self.optimizers["generator"])
        self.discriminator.requires_grad_(True)
        return loss.detach()

    def _draw(self, count: int, context: StepContext) -> tuple[Tensor, Tensor | None]:
        """Latents from the normal distribution, labels uniform over the classes."""
        latent = torch.randn(
            count, self.latent_dim, generator=context.generator, device=context.device
        )
        if not self.class_count:
            return latent, None
        labels = torch.randint(
            self.class_count,
            (count,),
            generator=context.generator,
            device=context.device,
        )
        return latent, labels


def _concatenated(first: Tensor | None, second: Tensor | None) -> Tensor | None:
    return None if first is None or second is None else torch.cat([first, second])
