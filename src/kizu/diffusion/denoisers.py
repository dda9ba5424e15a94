"""Denoisers, what samplers sample with, and what can be made of one.

A denoiser estimates the clean images; a sampler derives everything else, the noise above all, from
that estimate. Whatever is done to the estimate (clipped, guided, partly known) therefore never
disagrees with the noise that the next step uses.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from kizu.diffusion.formulations import Formulation, Network
from kizu.diffusion.levels import NoiseLevel

Denoiser = Callable[[Tensor, NoiseLevel], Tensor]
"""``(noisy (N, C, H, W), level) -> clean estimate (N, C, H, W)``."""


def denoiser(formulation: Formulation, network: Network, labels: Tensor | None = None) -> Denoiser:
    """A network's own estimate.

    Args:
        formulation: that it was trained in.
        network: in evaluation mode.
        labels: (N,) int64 of a conditional network.
    """
    return lambda noisy, level: formulation.denoise(network, noisy, level, labels)


def guided(
    formulation: Formulation, network: Network, labels: Tensor, no_label: int, scale: float
) -> Denoiser:
    """Classifier-free guidance: away from the unconditional estimate, past the conditional one.

    Ho and Salimans 2022, "Classifier-free diffusion guidance", equation 6 with ``scale = 1 + w``:
    1 is the conditional estimate, 0 the unconditional one. Both come from one pass over 2N images.

    Args:
        formulation: that the network was trained in.
        network: in evaluation mode, trained with some labels dropped.
        labels: (N,) int64.
        no_label: the label that stands for none.
        scale: of the guidance.
    """
    both_labels = torch.cat((labels, torch.full_like(labels, no_label)))

    def estimate(noisy: Tensor, level: NoiseLevel) -> Tensor:
        both = formulation.denoise(network, torch.cat((noisy, noisy)), level, both_labels)
        conditional, unconditional = both.chunk(2)
        return torch.lerp(unconditional, conditional, scale)

    return estimate


def clipped(denoise: Denoiser, low: float = -1.0, high: float = 1.0) -> Denoiser:
    """Keep the estimate within the range of images (Ho et al. 2020, in their code)."""
    return lambda noisy, level: denoise(noisy, level).clamp(low, high)


def inpainting(denoise: Denoiser, known: Tensor, mask: Tensor) -> Denoiser:
    """Fill in what is not known: where the mask is set, the estimate is the known picture.

    The noise of known pixels then follows from the known picture at every step, so they pass
    through exactly the levels that the forward process would give them and end as they are, under
    every sampler (the conditioning of Song et al. 2021, "Score-based generative modeling through
    SDEs", appendix I.2, with the noise that the picture already carries).

    Args:
        denoise: estimates the rest.
        known: (N, C, H, W) or broadcastable; values outside the mask do not matter.
        mask: bool, broadcastable to the images; True where known.
    """
    return lambda noisy, level: torch.where(mask, known, denoise(noisy, level))
