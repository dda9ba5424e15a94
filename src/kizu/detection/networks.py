"""Networks at work, not in training: held still while a detector scores."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from kizu.training.data import to_unit


@contextmanager
def frozen(*networks: nn.Module) -> Iterator[None]:
    """Put the networks in eval mode and stop gradients to their weights; undone afterwards.

    In eval mode no statistic of batch normalization moves and no power iteration of spectral
    normalization runs, so that a sample's output depends on nothing else in its batch. A
    parametrized weight is computed once, not once a forward pass.
    """
    modules = [module for network in networks for module in network.modules()]
    modes = [module.training for module in modules]
    weights = [weight for network in networks for weight in network.parameters()]
    trainable = [weight.requires_grad for weight in weights]
    with ExitStack() as undo:
        for module, mode in zip(modules, modes, strict=True):
            undo.callback(setattr, module, "training", mode)
        for weight, required in zip(weights, trainable, strict=True):
            undo.callback(weight.requires_grad_, required)
        for network in networks:
            network.eval().requires_grad_(False)
        with parametrize.cached():
            yield


def batches(images: np.ndarray, device: torch.device, batch_size: int) -> Iterator[Tensor]:
    """Yield the images a batch at a time, float32 (n, C, H, W) in [-1, 1] on the device.

    Args:
        images: uint8 (N, C, H, W), a memory map too.
        device: where the batches go.
        batch_size: images in a batch; the last one may hold fewer.
    """
    for start in range(0, len(images), batch_size):
        yield to_unit(torch.from_numpy(np.array(images[start : start + batch_size])).to(device))


def to_pixels(images: Tensor) -> np.ndarray:
    """Map images in [-1, 1] to the nearest uint8 in [0, 255], on the host."""
    return images.add(1).mul(127.5).round().clamp(0, 255).to(torch.uint8).cpu().numpy()
