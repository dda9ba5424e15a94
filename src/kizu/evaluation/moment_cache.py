"""Moments of a reference set, computed once for the same data and features."""

import hashlib
import logging
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import torch
from numpy.typing import NDArray

from kizu.evaluation.moments import Moments

_LOGGER = logging.getLogger(__name__)
_BLOCK = 4096


def moments_key(images: NDArray[np.uint8], extractor: Iterable[object]) -> str:
    """Return a name for the moments of these images' features, equal for equal data.

    Args:
        images: (N, C, H, W); read block by block.
        extractor: what else decides on the bits of the features: the network (see `weights_hash`),
            the device, the batch size. PyTorch's version and number of threads are added.
    """
    digest = hashlib.sha256()
    environment = (torch.__version__, torch.get_num_threads(), *extractor)
    digest.update(repr((str(images.dtype), images.shape, *environment)).encode())
    for start in range(0, len(images), _BLOCK):
        digest.update(np.ascontiguousarray(images[start : start + _BLOCK]).data)
    return digest.hexdigest()


def weights_hash(network: torch.nn.Module) -> str:
    """Return a hash of a network's weights and buffers."""
    digest = hashlib.sha256()
    for name, tensor in network.state_dict().items():
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(tensor.detach().cpu().numpy()).data)
    return digest.hexdigest()


def cached_moments(folder: Path, key: str, compute: Callable[[], Moments]) -> Moments:
    """Return moments from a file, or compute and keep them.

    A file that cannot be read is computed anew; one that cannot be written is not kept. The folder
    may be removed at any time.

    Args:
        folder: of the cache.
        key: see `moments_key`.
        compute: called when there is no such file.
    """
    path = folder / f"{key}.npz"
    try:
        with np.load(path) as kept:
            return Moments(
                int(kept["sample_count"]),
                torch.from_numpy(kept["mean"]),
                torch.from_numpy(kept["covariance"]),
            )
    except FileNotFoundError:
        pass
    except (OSError, EOFError, ValueError, KeyError, BadZipFile) as error:
        _LOGGER.warning("The moments in %s cannot be read (%s); computing them.", path, error)
    found = compute()
    found = Moments(found.sample_count, found.mean.cpu(), found.covariance.cpu())
    try:
        _write(path, found)
    except OSError as error:
        _LOGGER.warning("The moments cannot be kept in %s (%s).", path, error)
    return found


def _write(path: Path, moments: Moments) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Two processes may write at once: each has a file of its own until it is whole.
    draft = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    with draft.open("wb") as file:
        np.savez(
            file,
            sample_count=moments.sample_count,
            mean=moments.mean.numpy(),
            covariance=moments.covariance.numpy(),
        )
    draft.replace(path)
