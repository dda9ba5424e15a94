"""Streams of random numbers: seeded, saved, restored, and what a device cannot promise."""

import os
import random
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch


def derived_seed(seed: int, *path: int) -> int:
    """An independent 63-bit seed for every path, e.g. (purpose, process).

    Streams seeded alike would repeat each other: the first noise would be the first weights.
    """
    words = np.random.SeedSequence(seed, spawn_key=path).generate_state(2, np.uint32)
    return (int(words[0]) << 31) | (int(words[1]) >> 1)


def global_state(device: torch.device | None = None) -> dict[str, Any]:
    """State of Python's, numpy's and torch's global streams, in plain values and tensors.

    Args:
        device: Adds the device's own global stream, from which dropout draws there.
    """
    _, key, *rest = np.random.get_state()  # noqa: NPY002 - the global one
    state: dict[str, Any] = {
        "python": random.getstate(),
        "numpy": (torch.from_numpy(np.asarray(key, np.int64)), *rest),
        "torch": torch.get_rng_state(),
    }
    if device is not None and device.type == "cuda":
        state["cuda"] = torch.cuda.get_rng_state(device)
    if device is not None and device.type == "mps":
        state["mps"] = torch.mps.get_rng_state()
    return state


def restore_global_state(state: dict[str, Any], device: torch.device | None = None) -> None:
    """Put the global streams back to a state from `global_state`."""
    random.setstate(state["python"])
    key, *rest = state["numpy"]
    np.random.set_state(("MT19937", key.numpy().astype(np.uint32), *rest))  # noqa: NPY002
    torch.set_rng_state(state["torch"])
    if "cuda" in state and device is not None:
        torch.cuda.set_rng_state(state["cuda"], device)
    if "mps" in state:
        torch.mps.set_rng_state(state["mps"])


@contextmanager
def seeded(seed: int, device: torch.device | None = None) -> Iterator[None]:
    """Seed Python's, numpy's and torch's global streams, and give them back as they were.

    Build networks inside it: their first weights then depend on `seed` alone.

    Args:
        seed: Any non-negative integer below 2^64.
        device: Its own global stream too; without it only the CPU's.
    """
    before = global_state(device)
    random.seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002 - the global stream is what is being seeded
    torch.default_generator.manual_seed(seed)
    if device is not None and device.type == "cuda":
        torch.cuda.manual_seed(seed)
    if device is not None and device.type == "mps":
        torch.mps.manual_seed(seed)
    try:
        yield
    finally:
        restore_global_state(before, device)


@contextmanager
def deterministic(device: torch.device) -> Iterator[list[str]]:
    """Use deterministic kernels wherever the device has them.

    Yields:
        A list that fills with what PyTorch says of operations that it cannot promise; empty at
        the end when the same machine would give the same bits again.
    """
    if device.type == "cuda":
        # cuBLAS is deterministic only with a fixed workspace, and reads this at its first use.
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    before = torch.get_deterministic_debug_mode()
    memory: Any = torch.utils.deterministic  # a module with a property, which types do not know
    fill = memory.fill_uninitialized_memory
    found: list[str] = []
    with warnings.catch_warnings():
        warnings.filterwarnings("default", message=".*deterministic")
        show = warnings.showwarning

        def note(message: Warning | str, *details: Any, **more: Any) -> None:
            if "deterministic" in str(message):
                found.append(str(message).split(". ")[0])
            else:
                show(message, *details, **more)

        warnings.showwarning = note
        # Not use_deterministic_algorithms, which imports the compiler: two seconds.
        torch.set_deterministic_debug_mode("warn")
        # Would write all fresh memory once more, to guard against reading it unwritten.
        memory.fill_uninitialized_memory = False
        try:
            yield found
        finally:
            torch.set_deterministic_debug_mode(before)
            memory.fill_uninitialized_memory = fill
