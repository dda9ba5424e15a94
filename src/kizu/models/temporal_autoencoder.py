"""Autoencoder of spectrograms that convolves over time."""

import torch.nn.functional as F
from torch import Tensor, nn

from kizu.models.checks import check_at_least
from kizu.models.serialization import ConfiguredModule

_KERNEL = 5


class TemporalAutoencoder(ConfiguredModule):
    """Spectrograms (N, bands, frames) of any length through few channels a moment, and back.

    The bands are channels: a convolution sees all of them over some frames. Two strides of 2 leave
    one latent vector for four frames; the decoder doubles the length twice.

    Raises:
        ValueError: a count below 1.
    """

    def __init__(self, bands: int, width: int, latent_dim: int) -> None:
        super().__init__()
        check_at_least(1, bands=bands, width=width, latent_dim=latent_dim)
        self.narrowing = nn.ModuleList(
            _convolution(wide, narrow, stride=2)
            for wide, narrow in ((bands, width), (width, width))
        )
        self.to_latent = nn.Conv1d(width, latent_dim, 1)
        self.widening = nn.ModuleList(
            _convolution(narrow, wide, stride=1)
            for narrow, wide in ((latent_dim, width), (width, width))
        )
        self.to_bands = nn.Conv1d(width, bands, _KERNEL, padding=_KERNEL // 2)

    def forward(self, spectrograms: Tensor) -> Tensor:
        """Map ``spectrograms`` (N, bands, frames) to reconstructions, of the same shape."""
        lengths = []
        hidden = spectrograms
        for block in self.narrowing:
            lengths.append(hidden.shape[-1])
            hidden = block(hidden)
        hidden = self.to_latent(hidden)
        for block, length in zip(self.widening, reversed(lengths), strict=True):
            hidden = block(F.interpolate(hidden, size=length))
        return self.to_bands(hidden)


def _convolution(channels: int, features: int, stride: int) -> nn.Sequential:
    # Batch normalization has a shift of its own.
    convolution = nn.Conv1d(
        channels, features, _KERNEL, stride=stride, padding=_KERNEL // 2, bias=False
    )
    return nn.Sequential(convolution, nn.BatchNorm1d(features), nn.ReLU())
