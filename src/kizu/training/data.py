"""The data set during training: on the device when it fits, in an order that a step determines."""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from kizu.training.device import free_memory
from kizu.training.distributed import rank, world_size
from kizu.training.randomness import derived_seed

ORDER = 0  # the purpose under which the order's seeds are derived


def to_unit(images: Tensor) -> Tensor:
    """Map uint8 images in [0, 255] to float32 in [-1, 1], on whatever device they are."""
    return images.float().div_(127.5).sub_(1)


class EpochOrder:
    """An endless sequence of rows: one permutation of the data set after another.

    The permutation of a pass is a function of the seed and the pass's number alone, so any part
    of the sequence can be had without what came before it.
    """

    def __init__(self, count: int, seed: int, device: torch.device) -> None:
        self.count = count
        self._seed = seed
        self._device = device
        self._permutations: dict[int, Tensor] = {}

    def rows(self, start: int, length: int) -> Tensor:
        """Rows at positions [start, start + length) of the sequence, int64 on the device."""
        pieces = []
        end = start + length
        while start < end:
            epoch, offset = divmod(start, self.count)
            piece = self._permutation(epoch)[offset : offset + end - start]
            pieces.append(piece)
            start += len(piece)
        return pieces[0] if len(pieces) == 1 else torch.cat(pieces)

    def _permutation(self, epoch: int) -> Tensor:
        if epoch not in self._permutations:
            generator = torch.Generator().manual_seed(derived_seed(self._seed, ORDER, epoch))
            permutation = torch.randperm(self.count, generator=generator)
            # One transfer a pass; the passes before are done with.
            self._permutations = {epoch: permutation.to(self._device)}
        return self._permutations[epoch]


class DeviceData:
    """Named arrays of equal length, served as batches.

    Examples come in passes over a fresh permutation each; a batch may span two passes, so none is
    dropped. A step's rows are a function of the step: a resumed run sees the same order with
    nothing saved, and every process takes its own share of the same batches.

    Attributes:
        on_device: Whether the arrays are held on the device.

    Args:
        arrays: Equal lengths; images stay uint8 until a task turns them into floats.
        device: Where the batches go; the arrays too, when they fit in half of its free memory.
            Otherwise they stay where they are (memory-mapped, even), and each batch is gathered
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
    ) -> None:
        lengths = {name: len(array) for name, array in arrays.items()}
        if len(set(lengths.values())) != 1 or 0 in lengths.values():
            raise ValueError(f"arrays must have equal lengths of at least 1, got {lengths}")
        if batch_size % world_size():
            raise ValueError(
                f"batch_size must be a multiple of the {world_size()} processes, got {batch_size}"
            )
        self._device = device
        self._batch_size = batch_size
        self._batches_per_step = batches_per_step
        self.on_device = sum(array.nbytes for array in arrays.values()) <= free_memory(device) // 2
        if self.on_device:
            self._held = {
                # A copy: a memory map is read once, and may be read-only, which tensors are not.
                name: torch.from_numpy(np.array(array)).to(device)
                for name, array in arrays.items()
            }
        else:
            self._arrays = arrays
        order_device = device if self.on_device else torch.device("cpu")
        self._order = EpochOrder(next(iter(lengths.values())), seed, order_device)

    def batches(self, step: int) -> list[dict[str, Tensor]]:
        """This process's share of the batches of a 0-based step, gathered in one go."""
        total = self._batches_per_step * self._batch_size
        share = self._batch_size // world_size()
        rows = self._order.rows(step * total, total)
        if world_size() > 1:
            rows = rows.view(self._batches_per_step, world_size(), share)[:, rank()].reshape(-1)
        gathered = self._gather(rows)
        return [
            {name: values[start : start + share] for name, values in gathered.items()}
            for start in range(0, len(rows), share)
        ]

    def _gather(self, rows: Tensor) -> dict[str, Tensor]:
        if self.on_device:
            return {name: values.index_select(0, rows) for name, values in self._held.items()}
        indices = rows.numpy()
        pinned = self._device.type == "cuda"
        batch = {}
        for name, array in self._arrays.items():
            values = torch.from_numpy(np.ascontiguousarray(array[indices]))
            if pinned:
                values = values.pin_memory()
            batch[name] = values.to(self._device, non_blocking=pinned)
        return batch
