"""Which pixels a classifier's answer depends on."""

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from kizu.models.image_classifier import ImageClassifier
from kizu.models.vit import VisionTransformer
from kizu.models.vit_attention import attention_rollout, attention_weights


def saliency_maps(
    classifier: ImageClassifier, images: NDArray[np.uint8]
) -> dict[str, NDArray[np.float64]]:
    """Return what there is to see of each image, by the name of the method.

    Args:
        classifier: in evaluation mode.
        images: (N, C, H, W) uint8; few, they pass at once.

    Returns:
        ``gradient`` (N, H, W), and for a vision transformer ``attention rollout`` (N, h, w), one
        value a patch. All are at least 0; scales differ between images.
    """
    device = next(classifier.parameters()).device
    levels = torch.from_numpy(np.array(images)).to(device).float() / 127.5 - 1
    maps = {}
    if isinstance(classifier, VisionTransformer):
        rollout = attention_rollout(attention_weights(classifier, levels))
        side = math.isqrt(rollout.shape[1])
        maps["attention rollout"] = rollout.view(-1, side, side)
    maps["gradient"] = input_gradients(classifier, levels)
    return {name: values.double().cpu().numpy() for name, values in maps.items()}


def input_gradients(classifier: ImageClassifier, images: Tensor) -> Tensor:
    """Return the size of the gradient of each image's largest logit at every pixel.

    Simonyan et al. 2014, "Deep inside convolutional networks", section 3.1: the largest over the
    channels.

    Args:
        classifier: in evaluation mode.
        images: (N, C, H, W) in [-1, 1].

    Returns:
        (N, H, W).
    """
    with torch.enable_grad():
        inputs = images.detach().requires_grad_(True)
        winners = classifier(inputs).amax(dim=1).sum()
        (gradients,) = torch.autograd.grad(winners, inputs)
    return gradients.abs().amax(dim=1)
