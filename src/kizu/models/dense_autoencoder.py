"""Autoencoder of vectors: dense layers down to a bottleneck, and up again."""

from collections.abc import Sequence
from itertools import pairwise

from torch import Tensor, nn

from kizu.models.checks import check_at_least
from kizu.models.serialization import ConfiguredModule


class DenseAutoencoder(ConfiguredModule):
    """Vectors (N, features) through a narrow layer, and back.

    The layers are those of the DCASE baseline (Koizumi et al. 2020, "Description and discussion on
    DCASE2020 challenge task 2", section 4): batch normalization and ReLU after every dense layer
    but the last. The decoder has the widths of the encoder in reverse.

    Raises:
        ValueError: no width, or a count below 1.
    """

    def __init__(self, features: int, widths: Sequence[int], latent_dim: int) -> None:
        super().__init__()
        if not widths:
            raise ValueError("widths must name at least one hidden layer, got none")
        check_at_least(1, features=features, latent_dim=latent_dim, narrowest_width=min(widths))
        layers: list[nn.Module] = []
        for wide, narrow in pairwise([features, *widths, latent_dim, *reversed(widths)]):
            # Batch normalization has a shift of its own.
            layers += [nn.Linear(wide, narrow, bias=False), nn.BatchNorm1d(narrow), nn.ReLU()]
        self.layers = nn.Sequential(*layers, nn.Linear(widths[0], features))

    def forward(self, vectors: Tensor) -> Tensor:
        """Map ``vectors`` (N, features) to their reconstructions, of the same shape."""
        return self.layers(vectors)
