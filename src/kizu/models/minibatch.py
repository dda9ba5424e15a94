"""Layers that show a discriminator how much the samples of its batch differ from one another.

A sample's output depends on its batch, so real and generated images must pass in separate batches.
"""

import torch
from torch import Tensor, nn


class MinibatchDeviation(nn.Module):
    """Append the batch's mean standard deviation as a constant channel.

    Karras et al. 2018, "Progressive growing of GANs", section 3: the standard deviation of each
    feature at each place over the batch, averaged over features and places.
    """

    def forward(self, images: Tensor) -> Tensor:
        """Map (N, C, H, W) to (N, C + 1, H, W)."""
        variance = _precise(images).var(dim=0, correction=0)
        # The offset keeps the gradient finite where a feature is the same in all samples.
        deviation = torch.sqrt(variance + 1e-8).mean().to(images.dtype)
        count, _, height, width = images.shape
        return torch.cat((images, deviation.expand(count, 1, height, width)), dim=1)


class MinibatchDiscrimination(nn.Module):
    """Measure each sample's closeness to the others in learned projections.

    Salimans et al. 2016, "Improved techniques for training GANs", section 3.2: features times a
    tensor give ``kernels`` rows a sample, and output b sums exp(-L1 distance of rows b) over the
    other samples.

    Args:
        features: F, of the input.
        kernels: B, of the output.
        kernel_dim: C, dimensions of a row.
    """

    def __init__(self, features: int, kernels: int = 32, kernel_dim: int = 8) -> None:
        super().__init__()
        self.kernels = kernels
        self.kernel_dim = kernel_dim
        self.projection = nn.Linear(features, kernels * kernel_dim, bias=False)
        nn.init.normal_(self.projection.weight, std=0.02)

    def forward(self, features: Tensor) -> Tensor:
        """Map (N, F) to (N, kernels)."""
        rows = _precise(self.projection(features)).unflatten(1, (self.kernels, self.kernel_dim))
        distances = (rows[:, None] - rows[None]).abs().sum(dim=3)
        # Every sample is at distance 0 from itself.
        closeness = torch.exp(-distances).sum(dim=1) - 1
        return closeness.to(features.dtype)


def _precise(values: Tensor) -> Tensor:
    """Return ``values`` in float32 at least: differences of close ones vanish in bfloat16."""
    return values.to(torch.promote_types(values.dtype, torch.float32))
