"""The tiny GAN that the tests of training share with the processes they start."""

import runpy
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

SCRIPT = Path(__file__).with_name("tiny_training.py")


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Networks this small lose more by sharing a kernel's work than they gain."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def tiny() -> SimpleNamespace:
    return SimpleNamespace(**runpy.run_path(str(SCRIPT)), SCRIPT=SCRIPT)
