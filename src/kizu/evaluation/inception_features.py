"""Features of images from the Inception network that published distances are measured on."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from kizu.evaluation.extraction import ClassifierOutputs

_FEATURES, _LOGITS = "2048", "logits_unbiased"


class InceptionUnavailable(RuntimeError):  # noqa: N818 - a state, said as one
    """The network or its weights are not there.

    Attributes:
        message: what is missing.
        way_out: what the user can do about it.
    """

    def __init__(self, message: str) -> None:
        self.message = message
        self.way_out = (
            "Install torch-fidelity, name a local copy of its weights file "
            "(weights-inception-2015-12-05-6726825d.pth) as evaluate_generators.inception_weights, "
            "or set evaluate_generators.features to classifier."
        )
        super().__init__(f"{message} {self.way_out}")


def load_inception(weights: Path | None) -> nn.Module:
    """Return the network of Heusel et al. 2017, as torch-fidelity ports it, in evaluation mode.

    Args:
        weights: a local file; None looks in PyTorch's cache, then downloads.

    Raises:
        InceptionUnavailable: torch-fidelity is not installed, or there are no weights.
    """
    try:
        from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3
    except ImportError as error:
        raise InceptionUnavailable("torch-fidelity is not installed.") from error
    if weights is not None and not weights.is_file():
        raise InceptionUnavailable(f"There is no file {weights}.")
    try:
        network: nn.Module = FeatureExtractorInceptionV3(
            "inception-v3-compat",
            [_FEATURES, _LOGITS],
            feature_extractor_weights_path=None if weights is None else str(weights),
        )
    except (OSError, RuntimeError) as error:  # no network, a full disk, or another network's file
        raise InceptionUnavailable(f"Inception's weights cannot be had: {error}.") from error
    return network.eval()


@torch.inference_mode()
def inception_outputs(
    network: nn.Module, images: NDArray[np.uint8], *, batch_size: int
) -> ClassifierOutputs:
    """Pass images through Inception, batch by batch, on the device that holds it.

    Gray images become color images of three equal channels.

    Args:
        network: of `load_inception`.
        images: (N, C, H, W) uint8, C = 1 or 3.
        batch_size: images at a time.

    Returns:
        Features (N, 2048) and logits (N, 1008) on the network's device, or on the CPU where that
        device has no float64.
    """
    device = next(network.parameters()).device
    destination = torch.device("cpu") if device.type == "mps" else device
    parts = []
    for start in range(0, len(images), batch_size):
        levels = torch.from_numpy(np.array(images[start : start + batch_size])).to(device)
        found = network(levels.expand(-1, 3, -1, -1))
        parts.append([part.to(destination) for part in found])
    features, logits = (torch.cat(part) for part in zip(*parts, strict=True))
    return ClassifierOutputs(features, logits)
