"""Features of images, from a classifier of their own domain."""

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from kizu.models.image_classifier import ImageClassifier


class ClassifierOutputs(NamedTuple):
    """What a classifier sees in N images.

    Attributes:
        features: (N, D), the input of the head.
        logits: (N, K).
    """

    features: Tensor
    logits: Tensor


@torch.inference_mode()
def classifier_outputs(
    classifier: ImageClassifier, images: NDArray[np.uint8], *, batch_size: int
) -> ClassifierOutputs:
    """Pass images through a classifier, batch by batch, on the device that holds it.

    Real and generated images take this one path, from the same 8-bit levels: a difference in
    rounding or resizing alone moves a Fréchet distance (Parmar et al. 2022, "On Aliased Resizing
    and Surprising Subtleties in GAN Evaluation").

    Args:
        classifier: in evaluation mode, trained on images in [-1, 1].
        images: (N, C, H, W) uint8.
        batch_size: images at a time.

    Returns:
        Features and logits on the classifier's device, or on the CPU where that device has no
        float64, which every metric needs.

    Raises:
        ValueError: the classifier is in training mode, or images are not uint8 (N, C, H, W).
    """
    if classifier.training:
        raise ValueError("classifier must be in evaluation mode; call classifier.eval() first")
    if images.dtype != np.uint8 or images.ndim != 4 or len(images) == 0:
        raise ValueError(
            f"images must be uint8 (N, C, H, W), N at least 1, got {images.dtype} {images.shape}"
        )
    device = next(classifier.parameters()).device
    destination = torch.device("cpu") if device.type == "mps" else device
    features, logits = [], []
    for start in range(0, len(images), batch_size):
        # np.array copies: the images may be a read-only memory map, which torch cannot wrap.
        levels = torch.from_numpy(np.array(images[start : start + batch_size])).to(device)
        batch = classifier.features(levels.float() / 127.5 - 1)
        features.append(batch.to(destination))
        logits.append(classifier.head(batch).to(destination))
    return ClassifierOutputs(torch.cat(features), torch.cat(logits))
