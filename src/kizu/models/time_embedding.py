"""What a denoising network is told besides the image: the time, and perhaps a class."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from kizu.models.checks import check_labels


def sinusoidal_embedding(times: Tensor, width: int, longest_period: float = 10_000.0) -> Tensor:
    """Cosines and sines of times at ``width / 2`` frequencies that fall geometrically from 1.

    Vaswani et al. 2017, section 3.5; of a whole or fractional timestep in DDPM.

    Args:
        times: (N,).
        width: even.
        longest_period: 2π of it is the period of the lowest frequency.

    Returns:
        (N, width) float32, cosines first.
    """
    half = width // 2
    exponents = torch.arange(half, device=times.device, dtype=torch.float32) / half
    angles = times.float()[:, None] * (-math.log(longest_period) * exponents).exp()
    return torch.cat((angles.cos(), angles.sin()), dim=1)


class ConditionEmbedding(nn.Module):
    """Time through a small network, plus a learned vector for each class and for none.

    Attributes:
        class_count: 0 without classes. Label ``class_count`` stands for no class: what labels are
            dropped to in training, and what guidance leads away from.

    Raises:
        ValueError: ``frequencies`` is odd or below 2.
    """

    def __init__(self, frequencies: int, width: int, class_count: int = 0) -> None:
        super().__init__()
        if frequencies < 2 or frequencies % 2:
            raise ValueError(f"frequencies={frequencies} must be even and at least 2")
        self.frequencies = frequencies
        self.class_count = class_count
        self.first = nn.Linear(frequencies, width)
        self.second = nn.Linear(width, width)
        if class_count:
            self.classes = nn.Embedding(class_count + 1, width)

    def forward(self, times: Tensor, labels: Tensor | None = None) -> Tensor:
        """Map times (N,) and labels (N,) in [0, class_count] to (N, width)."""
        # One label more than there are classes: the one that stands for none.
        check_labels(labels, self.class_count + 1 if self.class_count else 0)
        embedding = sinusoidal_embedding(times, self.frequencies)
        embedding = self.second(F.silu(self.first(embedding)))
        return embedding if labels is None else embedding + self.classes(labels)
