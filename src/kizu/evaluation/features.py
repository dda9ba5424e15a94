"""Feature vectors: where they come from, and what is asked of them.

A feature set is an array or tensor (N, D). Metrics convert it block by block to float64 on the
device where it lies, so a set in float32 is never copied as a whole.
"""

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from kizu.models.vit import VisionTransformer

Features = Tensor | NDArray[np.floating]


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
    classifier: VisionTransformer, images: NDArray[np.uint8], *, batch_size: int
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


def check_features(name: str, features: Features, minimum: int) -> Tensor:
    """Return a feature set as a tensor (without a copy), or say what is wrong with it.

    Args:
        name: what the caller calls the set; starts the error message.
        features: (N, D) of a floating type.
        minimum: smallest N that the metric is defined for.

    Raises:
        ValueError: not a floating (N, D) with D at least 1, fewer than ``minimum`` samples, or a
            value is NaN or infinite.
    """
    tensor = torch.as_tensor(features)
    if tensor.ndim != 2 or tensor.shape[1] == 0 or not tensor.is_floating_point():
        raise ValueError(
            f"{name} must be floating (N, D), got {tensor.dtype} {tuple(tensor.shape)}"
        )
    if len(tensor) < minimum:
        raise ValueError(f"{name} must hold at least {minimum} samples, got {len(tensor)}")
    # The extremes are finite exactly when all is: one pass, and no mask the size of the features.
    low, high = torch.aminmax(tensor)
    if not (torch.isfinite(low) and torch.isfinite(high)):
        broken = int((~torch.isfinite(tensor)).any(dim=1).sum())
        raise ValueError(f"{name} holds NaN or infinity in {broken} of {len(tensor)} samples")
    return tensor


def check_feature_pair(
    reference: Features, generated: Features, minimum: int
) -> tuple[Tensor, Tensor]:
    """Check two sets that a metric compares; see `check_features`.

    Raises:
        ValueError: one of them is unfit, or their widths or devices differ.
    """
    first = check_features("reference", reference, minimum)
    second = check_features("generated", generated, minimum)
    if first.shape[1] != second.shape[1]:
        raise ValueError(
            "reference and generated must have features of one width, "
            f"got {first.shape[1]} and {second.shape[1]}"
        )
    if first.device != second.device:
        raise ValueError(
            f"reference and generated must lie on one device, got {first.device} "
            f"and {second.device}"
        )
    return first, second
