"""What the generators of all families have in common."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from torch import Tensor, nn

from kizu.models.serialization import ConfiguredModule


class Generator(ConfiguredModule, ABC):
    """Maps latents to images.

    Attributes:
        latent_dim: dimensions of the standard normal latent.
        class_count: 0 for an unconditional one.
    """

    latent_dim: int
    class_count: int

    @abstractmethod
    def forward(self, latent: Tensor, labels: Tensor | None = None) -> Tensor:
        """Map ``latent`` (N, latent_dim) to images (N, C, H, W) in [-1, 1]."""

    @property
    def normalized_layers(self) -> Sequence[tuple[nn.Module, nn.Module]]:
        """Layers and the normalizations that alone read what they return."""
        return ()

    @property
    def has_batch_statistics(self) -> bool:
        """Whether running statistics of batch normalization take part in evaluation mode."""
        return any(isinstance(layer, nn.modules.batchnorm._BatchNorm) for layer in self.modules())
