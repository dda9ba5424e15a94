"""What the metrics of generated samples ask of features.

A feature set is an array or tensor (N, D). Metrics convert it block by block to float64 on the
device where it lies, so a set in float32 is never copied as a whole.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Features = Tensor | NDArray[np.floating]


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
