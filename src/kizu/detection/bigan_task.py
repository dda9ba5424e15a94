"""Training of a bidirectional GAN: a generator, an encoder that inverts it, and one judge."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from kizu.models.serialization import ConfiguredModule
from kizu.objectives.adversarial import AdversarialObjective
from kizu.training.context import StepContext
from kizu.training.data import to_unit
from kizu.training.ema import ExponentialMovingAverage
from kizu.training.optimizers import adam
from kizu.training.schedules import Schedule
from kizu.training.task import Batch

_BETAS = (0.5, 0.999)


class BiganTask:
    """One step: one update of the joint discriminator, then one of generator and encoder together.

    Donahue et al. 2017, "Adversarial Feature Learning", equation 3: the discriminator tells pairs
    (x, E(x)) from pairs (G(z), z). At its optimum against them the encoder inverts the generator.
    Both have the objective's generator side as their loss, the encoder with the logit's sign
    turned, since its pairs are the ones that the discriminator calls real.

    Args:
        generator: maps latents (N, latent_dim) to images; its configuration names ``latent_dim``.
        encoder: maps images to latents.
        discriminator: maps images and latents to logits (N,).
        objective: a pair of losses that treat both signs of a logit alike.
        generator_learning_rate: of generator and encoder.
        discriminator_learning_rate: of the discriminator.
        average_decay: of the moving averages of generator and encoder.
        reconstruction_weight: of the mean absolute error of G(E(x)), which is added to the loss of
            generator and encoder. At the optimum it is zero by itself, but trainings are short;
            the cycle consistency of Li et al. 2017, "ALICE", section 3.
    """

    def __init__(
        self,
        generator: ConfiguredModule,
        encoder: ConfiguredModule,
        discriminator: ConfiguredModule,
        objective: AdversarialObjective,
        *,
        generator_learning_rate: float,
        discriminator_learning_rate: float,
        average_decay: float,
        reconstruction_weight: float = 0.0,
    ) -> None:
        self.generator = generator
        self.encoder = encoder
        self.discriminator = discriminator
        self.objective = objective
        self.reconstruction_weight = reconstruction_weight
        inverses = [*generator.parameters(), *encoder.parameters()]
        self.networks: dict[str, nn.Module] = {
            "generator": generator,
            "encoder": encoder,
            "discriminator": discriminator,
        }
        self.optimizers = {
            "generator_encoder": adam(inverses, generator_learning_rate, _BETAS),
            "discriminator": adam(discriminator.parameters(), discriminator_learning_rate, _BETAS),
        }
        self.schedules: dict[str, Schedule] = {}
        self.averages = {
            "generator": ExponentialMovingAverage(generator, average_decay),
            "encoder": ExponentialMovingAverage(encoder, average_decay),
        }
        self.batches_per_step = 1

    def step(self, batches: Sequence[Batch], context: StepContext) -> dict[str, Tensor]:
        """Train on one batch.

        Both updates look at the same pairs: the weights that made them do not change in between,
        so generator and encoder run once.

        Returns:
            ``discriminator_loss``, ``generator_loss`` and ``encoder_loss``, and
            ``reconstruction_error`` where it has a weight.
        """
        (batch,) = batches
        images = self._read(batch)
        latent = torch.randn(
            len(images),
            self.generator.config["latent_dim"],
            generator=context.generator,
            device=context.device,
        )
        with context.autocast():
            generated, encoded = self.generator(latent), self.encoder(images)
        with context.autocast():
            real, fake = self._logits(images, encoded.detach(), generated.detach(), latent)
            discriminator_loss = self.objective.discriminator(real, fake)
        context.update(discriminator_loss, self.optimizers["discriminator"])

        self.discriminator.requires_grad_(False)
        with context.autocast():
            real, fake = self._logits(images, encoded, generated, latent)
            generator_loss = self.objective.generator(fake)
            encoder_loss = self.objective.generator(-real)
        losses = {"generator_loss": generator_loss, "encoder_loss": encoder_loss}
        joint = generator_loss + encoder_loss
        if self.reconstruction_weight:
            with context.autocast():
                error = (self.generator(encoded) - images).abs().mean()
            losses["reconstruction_error"] = error
            joint = joint + self.reconstruction_weight * error
        context.update(joint, self.optimizers["generator_encoder"])
        self.discriminator.requires_grad_(True)
        losses = {"discriminator_loss": discriminator_loss, **losses}
        return {name: loss.detach() for name, loss in losses.items()}

    @staticmethod
    def _read(batch: Batch) -> Tensor:
        """Return a batch as the encoder takes it."""
        return to_unit(batch["images"])

    def _logits(
        self, images: Tensor, encoded: Tensor, generated: Tensor, latent: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Logits of the pairs (x, E(x)) and (G(z), z), in one pass and one power iteration."""
        logits = self.discriminator(
            torch.cat([images, generated.to(images.dtype)]),
            torch.cat([encoded.to(latent.dtype), latent]),
        )
        real, fake = logits.float().chunk(2)
        return real, fake
