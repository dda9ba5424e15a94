"""From windows of lines to sequences for a language model, and from its surprise back to tokens."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kizu.detection.text.windows import present
from kizu.preprocessing.vocabulary import PADDING, UNKNOWN
from kizu.training.next_token import NO_TOKEN

BOUNDARY = PADDING
"""Stands before the first line of a sequence, and after each."""


def known_tokens(items: np.ndarray) -> NDArray[np.int64]:
    """Return the tokens that occur in ``items``, ascending, and the two special ones in any case.

    A vocabulary may hold tokens of lines that a detector was not fitted on.
    """
    return np.union1d(items, [UNKNOWN, PADDING]).astype(np.int64)


def renumber(items: np.ndarray, known: np.ndarray) -> NDArray[np.int64]:
    """Return each token's place among the ``known`` ones; any other becomes the unknown token.

    The special tokens keep their numbers.
    """
    places = np.searchsorted(known, items).clip(max=len(known) - 1)
    return np.where(known[places] == items, places, UNKNOWN)


class Sequences(NamedTuple):
    """Windows as sequences: a boundary, then each line's tokens and a boundary.

    Attributes:
        tokens: int64 (N, T), with `NO_TOKEN` after the end.
        lengths: (N,), of each sequence.
        columns: (N, T), the place of a token within its line; L for a boundary.
    """

    tokens: NDArray[np.int64]
    lengths: NDArray[np.int64]
    columns: NDArray[np.int64]


def to_sequences(items: np.ndarray) -> Sequences:
    """Join the lines of each item, integers (N, W, L).

    Lines without tokens are left out, but for the last one. Once joined, nothing is padded any
    more, and the padding's number is free to be the boundary's.
    """
    count, lines, width = items.shape
    ended = np.pad(items, ((0, 0), (0, 0), (0, 1)), constant_values=BOUNDARY)
    there = ended != PADDING
    there[:, :, -1] = there.any(axis=2)
    there[:, -1, -1] = True
    tokens = np.pad(ended.reshape(count, -1), ((0, 0), (1, 0)), constant_values=BOUNDARY)
    kept = np.pad(there.reshape(count, -1), ((0, 0), (1, 0)), constant_values=True)
    lengths = kept.sum(axis=1)
    # What is kept comes first, in its order.
    order = np.argsort(~kept, axis=1, kind="stable")[:, : lengths.max()]
    columns = np.append(width, np.tile(np.arange(width + 1), lines))[order]
    joined = np.take_along_axis(tokens, order, axis=1).astype(np.int64)
    joined[np.arange(joined.shape[1]) >= lengths[:, np.newaxis]] = NO_TOKEN
    return Sequences(joined, lengths, columns)


def last_line(sequences: Sequences, items: np.ndarray) -> NDArray[np.bool_]:
    """Return where the scored lines' tokens and ends stand in the sequences of items, (N, T)."""
    first = sequences.lengths - present(items).sum(axis=1) - 1
    places = np.arange(sequences.tokens.shape[1])
    return (places >= first[:, np.newaxis]) & (places < sequences.lengths[:, np.newaxis])


def of_last_line(
    values: np.ndarray, sequences: Sequences, items: np.ndarray
) -> NDArray[np.float64]:
    """Return the values of the scored lines' tokens, and of their ends, at their columns.

    Args:
        values: (N, T), one a token of the sequences.
        sequences: of the items.
        items: (N, W, L).

    Returns:
        (N, L + 1), 0 where a line has no token; the last column is that of the boundary after it.
    """
    own = last_line(sequences, items)
    found = np.zeros((len(items), items.shape[2] + 1))
    found[np.nonzero(own)[0], sequences.columns[own]] = values[own]
    return found
