"""How much each noise level counts in the training loss."""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from kizu.diffusion.predictions import PREDICTIONS


def _min_snr(snr: Tensor, gamma: float) -> Tensor:
    """Hang et al. 2023, "Efficient diffusion training via min-SNR weighting", equation 6."""
    return snr.clamp(max=gamma)


def _soft_min_snr(snr: Tensor, gamma: float) -> Tensor:
    """Crowson et al. 2024, "Hourglass diffusion transformers": without the corner."""
    return snr * gamma / (snr + gamma)


# Weights on the squared error of the clean estimate.
CLEAN_WEIGHTS: Mapping[str, Callable[[Tensor, float], Tensor]] = {
    "min_snr": _min_snr,
    "soft_min_snr": _soft_min_snr,
}
WEIGHTINGS = ("simple", *CLEAN_WEIGHTS)


def loss_weight(weighting: str, prediction: str, snr: Tensor, gamma: float = 5.0) -> Tensor:
    """Weight on the squared error of the network's own output.

    ``simple`` counts every level alike in terms of what is predicted (Ho et al. 2020, equation 14,
    for noise). The others are defined on the clean estimate, and mean the same training whatever
    is predicted; the largest weight there is ``gamma``.

    Args:
        weighting: one of `WEIGHTINGS`.
        prediction: a key of `kizu.diffusion.predictions.PREDICTIONS`.
        snr: signal-to-noise ratios, any shape.
        gamma: where the weights level off.
    """
    if weighting == "simple":
        return torch.ones_like(snr)
    return CLEAN_WEIGHTS[weighting](snr, gamma) / PREDICTIONS[prediction].error_ratio(snr)
