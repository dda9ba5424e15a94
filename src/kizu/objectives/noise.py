"""Noise on the images that a discriminator sees."""

import torch
from torch import Tensor, nn


def dequantize(images: Tensor, generator: torch.Generator) -> Tensor:
    """Spread each of 256 levels over its width by uniform noise.

    Theis et al. 2016, "A note on the evaluation of generative models", section 3.1. A
    discriminator could tell real images by their levels alone.

    Args:
        images: in [-1, 1], at multiples of 2 / 255 as 8-bit images are.
        generator: on the images' device.

    Returns:
        Images whose noise has mean 0: uniform over half a level's width to either side.
    """
    noise = torch.rand(images.shape, generator=generator, device=images.device, dtype=images.dtype)
    return images + (noise - 0.5) * (2 / 255)


class InstanceNoise(nn.Module):
    """Gaussian noise on all images alike, less from update to update.

    Sønderby et al. 2017, "Amortised MAP inference for image super-resolution", section 3.3. The
    standard deviation falls linearly to 0. The count of updates is a buffer on the device: a
    replayed CUDA graph sees it move, and a checkpoint holds it.

    Args:
        deviation: Standard deviation at the start; images lie in [-1, 1].
        decay_updates: Discriminator updates after which no noise is left.
    """

    updates: Tensor

    def __init__(self, deviation: float, decay_updates: int) -> None:
        super().__init__()
        self.deviation = deviation
        self.decay_updates = decay_updates
        self.register_buffer("updates", torch.zeros(()))

    def forward(self, images: Tensor, generator: torch.Generator) -> Tensor:
        """Return ``images`` (N, C, H, W) with noise; the gradient passes unchanged."""
        noise = torch.randn(
            images.shape, generator=generator, device=images.device, dtype=images.dtype
        )
        return images + noise * self.left().to(images.dtype)

    def left(self) -> Tensor:
        """The standard deviation now, 0-d."""
        return self.deviation * (1 - self.updates / self.decay_updates).clamp_min(0)

    @torch.no_grad()
    def observe(self, real_logits: Tensor) -> None:
        """Count one update of the discriminator."""
        self.updates += 1

    def metrics(self) -> dict[str, Tensor]:
        """The standard deviation now."""
        return {"instance_noise": self.left()}
