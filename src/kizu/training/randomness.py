"""Streams of random numbers: seeded, saved, restored."""

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seed Python's, numpy's and torch's global streams, and give them back as they were.

    Build networks inside it: their first weights then depend on `seed` alone.
    """
    ...
    yield
