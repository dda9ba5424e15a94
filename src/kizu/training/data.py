"""The data set during training: on the device when it fits, in an order that a step determines."""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor


def to_unit(images: Tensor) -> Tensor:
    """Map uint8 images in [0, 255] to float32 in [-1, 1], on whatever device they are."""
    return images.float().div_(127.5).sub_(1)


class DeviceData:
    """Named arrays of equal length, served as batches.

    Examples come in passes over a fresh permutation each; a batch may span two passes, so none is
    dropped. The permutation of a pass is a function of the seed and the pass's number, and a
    step's rows a function of the step: a resumed run sees the same order with nothing saved.

    Args:
        arrays: Equal lengths; images stay uint8 until a task turns them into floats.
        device: Where the batches go; the arrays too, when they fit in half of its free memory.
            Otherwise they stay where they are (memory-mapped, even) and each batch is gathered
            into pinned memory and sent without waiting.
        batch_size: Examples per batch, all processes together.
        batches_per_step: Batches that one step consumes.
        seed: Seed of the order.

    Raises:
        ValueError: No arrays, unequal lengths, no rows, or a batch that the processes cannot
            share evenly.
    """

    def __init__(
        self,
        arrays: Mapping[str, np.ndarray],
        device: torch.device,
        *,
        batch_size: int,
        batches_per_step: int = 1,
        seed: int = 0,
    ) -> None: ...

    def batches(self, step: int) -> list[dict[str, Tensor]]:
        """This process's share of the batches of a 0-based step."""
        raise NotImplementedError
