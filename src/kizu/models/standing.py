"""Statistics of batch normalization for a network that was not trained with its own."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn


@torch.no_grad()
def standing_statistics(network: nn.Module, inputs: Iterable[tuple[Tensor | None, ...]]) -> None:
    """Set the running statistics of batch normalization to their mean over batches, in place.

    A moving average of a generator's weights inherits statistics of the weights it averages, not
    its own (Brock et al. 2019, "Large scale GAN training for high fidelity natural image
    synthesis", appendix C.1, "standing statistics"). Everything but the batch
    normalizations stays in its mode, and all modes are as before afterwards. Without batch
    normalization nothing is run.

    Args:
        network: with statistics to replace.
        inputs: arguments of ``network``, a batch at a time: (latents, labels) for a generator.

    Raises:
        ValueError: ``inputs`` are empty.
    """
    layers = [m for m in network.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm)]
    if not layers:
        return
    modes = [(layer.training, layer.momentum) for layer in layers]
    for layer in layers:
        layer.reset_running_stats()
        layer.train()
        # None asks for the plain mean of all batches.
        layer.momentum = None
    count = 0
    try:
        for arguments in inputs:
            network(*arguments)
            count += 1
    finally:
        for layer, (training, momentum) in zip(layers, modes, strict=True):
            layer.train(training)
            layer.momentum = momentum
    if not count:
        raise ValueError("inputs are empty: at least one batch is needed")
