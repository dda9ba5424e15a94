"""What a network predicts about a noisy image: the noise, the clean image, or the velocity.

The three are linear in each other at a given level, so a prediction of one is a prediction of all.
They differ in what the network has to put out, and in how its errors weigh.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import torch
from torch import Tensor

from kizu.diffusion.levels import NoiseLevel, noise_between


class Prediction(NamedTuple):
    """One of the three, at variance preserving levels.

    Attributes:
        target: ``(clean, noise, level)`` to what the network should put out.
        clean: ``(output, noisy, level)`` to the estimate of the clean images.
        error_ratio: ``(snr)`` to the squared error of the output in units of the squared error of
            the clean estimate that it implies.
    """

    target: Callable[[Tensor, Tensor, NoiseLevel], Tensor]
    clean: Callable[[Tensor, Tensor, NoiseLevel], Tensor]
    error_ratio: Callable[[Tensor], Tensor]


def _velocity(clean: Tensor, noise: Tensor, level: NoiseLevel) -> Tensor:
    """Salimans and Ho 2022, "Progressive distillation", section 4."""
    return level.signal * noise - level.noise * clean


PREDICTIONS: Mapping[str, Prediction] = {
    "noise": Prediction(
        target=lambda clean, noise, level: noise,
        clean=lambda output, noisy, level: (noisy - level.noise * output) / level.signal,
        error_ratio=lambda snr: snr,
    ),
    "clean": Prediction(
        target=lambda clean, noise, level: clean,
        clean=lambda output, noisy, level: output,
        error_ratio=torch.ones_like,
    ),
    "velocity": Prediction(
        target=_velocity,
        clean=lambda output, noisy, level: level.signal * noisy - level.noise * output,
        error_ratio=lambda snr: snr + 1,
    ),
}


def convert(output: Tensor, noisy: Tensor, level: NoiseLevel, source: str, target: str) -> Tensor:
    """Turn a prediction of one kind into another, e.g. noise into velocity.

    Args:
        output: (N, C, H, W), a prediction of the kind ``source``.
        noisy: (N, C, H, W), what it was predicted from.
        level: variance preserving.
        source: a key of `PREDICTIONS`.
        target: a key of `PREDICTIONS`.
    """
    clean = PREDICTIONS[source].clean(output, noisy, level)
    return PREDICTIONS[target].target(clean, noise_between(noisy, clean, level), level)
