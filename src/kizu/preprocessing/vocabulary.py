"""From tokens to numbers: a vocabulary, and documents as rows of one array."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, islice
from typing import Any

import numpy as np

UNKNOWN, PADDING = 0, 1
SPECIAL_TOKENS = ("<unk>", "<pad>")
_CHUNK = 1000


class VocabularyError(ValueError):
    """A vocabulary that is none."""


@dataclass(frozen=True)
class Vocabulary:
    """Numbered tokens: 0 is ``<unk>``, any token that is not known; 1 is ``<pad>``, no token.

    Attributes:
        tokens: by number.
        counts: how often each token occurs in the texts the vocabulary was built from; for
            ``<unk>``, all tokens that it stands for there.
    """

    tokens: tuple[str, ...]
    counts: tuple[int, ...]

    def __len__(self) -> int:
        """Return how many tokens there are, both special ones included."""
        return len(self.tokens)

    @cached_property
    def numbers(self) -> Mapping[str, int]:
        """The number of each token."""
        return {token: number for number, token in enumerate(self.tokens)}

    def to_json(self) -> dict[str, Any]:
        """Return the vocabulary as a JSON document."""
        return {"tokens": list(self.tokens), "counts": list(self.counts)}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "Vocabulary":
        """Return the vocabulary of a JSON document.

        Raises:
            VocabularyError: the special tokens are not at their places, or a token comes twice.
        """
        tokens = tuple(document["tokens"])
        if tokens[:2] != SPECIAL_TOKENS or len(set(tokens)) < len(tokens):
            raise VocabularyError(
                f"A vocabulary begins with {' and '.join(SPECIAL_TOKENS)} and has each token once; "
                f"this one begins with {list(tokens[:2])} and has {len(tokens) - len(set(tokens))} "
                "tokens twice."
            )
        return cls(tokens, tuple(document["counts"]))


def build_vocabulary(
    documents: Iterable[Sequence[str]], *, min_frequency: int = 1, max_size: int | None = None
) -> Vocabulary:
    """Return the vocabulary of tokenized documents (those of the training split only).

    Frequent tokens come first; those of equal frequency in the order of their characters.

    Args:
        documents: tokens of each document.
        min_frequency: how often a token must occur to get a number.
        max_size: most tokens, both special ones included; None takes all.
    """
    counts = Counter(chain.from_iterable(documents))
    for special in SPECIAL_TOKENS:  # in the text they are what they are as tokens
        counts.pop(special, None)
    kept = sorted(
        (token for token, count in counts.items() if count >= min_frequency),
        key=lambda token: (-counts[token], token),
    )
    if max_size is not None:
        kept = kept[: max(0, max_size - len(SPECIAL_TOKENS))]
    known = [counts[token] for token in kept]
    return Vocabulary((*SPECIAL_TOKENS, *kept), (counts.total() - sum(known), 0, *known))


def numericalize(
    documents: Iterable[Sequence[str]], vocabulary: Vocabulary
) -> tuple[np.ndarray, np.ndarray]:
    """Return the numbers of all tokens in one row, and how many each document has.

    Args:
        documents: tokens of each of N documents.
        vocabulary: what it lacks becomes ``<unk>``.

    Returns:
        The numbers, int32 (T,), and the lengths, int64 (N,), which sum to T.
    """
    lengths: list[int] = []

    def tokens() -> Iterable[str]:
        for document in documents:
            lengths.append(len(document))
            yield from document

    look_up = vocabulary.numbers.get
    numbers = np.fromiter((look_up(token, UNKNOWN) for token in tokens()), np.int32)
    return numbers, np.array(lengths, np.int64)


def number_rows(
    documents: Iterable[Sequence[str]], count: int, vocabulary: Vocabulary, width: int
) -> np.ndarray:
    """Return the tokens of documents as rows of numbers, :func:`numericalize` and :func:`pad`.

    A thousand documents are taken at a time.

    Args:
        documents: tokens of each of N documents.
        count: N.
        vocabulary: what it lacks becomes ``<unk>``.
        width: L.

    Returns:
        int32 (N, L).
    """
    rows = np.empty((count, width), np.int32)
    iterator = iter(documents)
    for start in range(0, count, _CHUNK):
        chunk = list(islice(iterator, _CHUNK))
        rows[start : start + len(chunk)] = pad(*numericalize(chunk, vocabulary), width)
    return rows


def pad(numbers: np.ndarray, lengths: np.ndarray, width: int) -> np.ndarray:
    """Return documents as rows of equal width: cut at the end, or filled with ``<pad>``.

    Args:
        numbers: of all tokens, int32 (T,).
        lengths: of N documents, which sum to T.
        width: L.

    Returns:
        int32 (N, L).
    """
    kept = np.minimum(lengths, width)
    starts = np.cumsum(lengths) - lengths
    rows = np.full((len(lengths), width), PADDING, np.int32)
    mask = np.arange(width) < kept[:, np.newaxis]
    within = np.arange(len(numbers)) - np.repeat(starts, lengths)
    rows[mask] = numbers[within < width]
    return rows
