"""What a room refuses, as the commands tell it."""

from collections.abc import Iterator
from contextlib import contextmanager

from kizu.lineage.errors import KizuError
from kizu.scoring.errors import ScoringError


@contextmanager
def told() -> Iterator[None]:
    """Turn a `ScoringError` inside the block into the sentence and the way out that users read."""
    try:
        yield
    except ScoringError as error:
        raise KizuError(error.message, error.way_out) from error
