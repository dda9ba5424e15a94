"""Data with a known best denoiser, for all tests of this room."""

import runpy
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def gaussian() -> SimpleNamespace:
    """`optimal`, `normal` and `STD` of gaussian.py."""
    return SimpleNamespace(**runpy.run_path(str(Path(__file__).with_name("gaussian.py"))))
