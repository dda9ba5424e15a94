"""Counts of n-grams as sorted arrays, and the probabilities that they give."""

from dataclasses import dataclass
from itertools import zip_longest
from typing import Self

import numpy as np
from numpy.typing import NDArray

from kizu.detection.text.parameters import Smoothing

_NONE = -1


@dataclass(frozen=True)
class NgramCounts:
    """How often every n-gram up to an order was seen, as a trie of arrays.

    An n-gram is a node: the node of its first n - 1 tokens, its parent, and its last token. Its
    key is ``parent * vocabulary_size + token``; its number is the key's place among the sorted
    keys of its order. Parents of single tokens are the empty n-gram, number 0.

    Attributes:
        keys: int64 (M_n,) for n = 1, 2, …, ascending.
        counts: int64 (M_n,), how often each was seen.
        vocabulary_size: V, tokens are in [0, V).
    """

    keys: tuple[NDArray[np.int64], ...]
    counts: tuple[NDArray[np.int64], ...]
    vocabulary_size: int

    @classmethod
    def count(cls, sequences: np.ndarray, order: int, vocabulary_size: int) -> Self:
        """Count the n-grams up to ``order``.

        Args:
            sequences: integers (N, T) in [0, V), negative after a sequence's end. The first token
                of each is given: it is a context, and counts as none of the single tokens.
            order: of the longest n-grams, at least 1.
            vocabulary_size: V.
        """
        keys: list[np.ndarray] = []
        counts: list[np.ndarray] = []
        parents = _roots(sequences)
        for length in range(1, order + 1):
            wanted = _keys(parents, sequences, vocabulary_size)
            targets = wanted[:, 1:] if length == 1 else wanted
            found, seen = np.unique(targets[targets != _NONE], return_counts=True)
            if not len(found):  # every sequence is shorter
                break
            keys.append(found)
            counts.append(seen)
            parents = _shift(_find(found, wanted))
        return cls(tuple(keys), tuple(counts), vocabulary_size)

    def renumbered(self, numbers: np.ndarray, vocabulary_size: int) -> Self:
        """Return the same counts of tokens that have other numbers.

        Args:
            numbers: integers (V,), that of each token, ascending: they keep their order.
            vocabulary_size: of the new numbers.
        """
        keys = (
            found // self.vocabulary_size * vocabulary_size + numbers[found % self.vocabulary_size]
            for found in self.keys
        )
        return type(self)(tuple(keys), self.counts, vocabulary_size)

    def merged(self, other: Self) -> Self:
        """Return the counts of what either has counted, as if it had been counted at once.

        Args:
            other: of the same vocabulary.
        """
        keys: list[np.ndarray] = []
        counts: list[np.ndarray] = []
        nothing = (np.empty(0, np.int64), np.empty(0, np.int64))
        own_levels = zip(self.keys, self.counts, strict=True)
        other_levels = zip(other.keys, other.counts, strict=True)
        # The new numbers of the parents, by their old ones.
        parents = [np.zeros(1, np.int64), np.zeros(1, np.int64)]
        for levels in zip_longest(own_levels, other_levels, fillvalue=nothing):
            moved = [
                numbers[found // self.vocabulary_size] * self.vocabulary_size
                + found % self.vocabulary_size
                for numbers, (found, _) in zip(parents, levels, strict=True)
            ]
            every = np.union1d(*moved)
            parents = [np.searchsorted(every, found) for found in moved]
            total = np.zeros(len(every), np.int64)
            for numbers, (_, seen) in zip(parents, levels, strict=True):
                total[numbers] += seen
            keys.append(every)
            counts.append(total)
        return type(self)(tuple(keys), tuple(counts), self.vocabulary_size)

    def probabilities(self, sequences: np.ndarray, smoothing: Smoothing) -> NDArray[np.float64]:
        """Return the probability of every token after those before it in its sequence.

        Interpolated, from 1 / V up to the longest n-gram: after a context that was seen ``c``
        times, ``p = (count + w * p_shorter) / (c + w)``. A context that was never seen leaves it
        to the shorter one. The weight ``w`` of the shorter one is

        - ``witten_bell``: the number of different followers (Chen and Goodman 1998, "An empirical
          study of smoothing techniques for language modeling", equations 16 and 17);
        - ``dirichlet``: V (MacKay and Peto 1995, "A hierarchical Dirichlet language model", with V
          as the strength of every prior). Single tokens are then smoothed by adding one.

        Args:
            sequences: integers (N, T) in [0, V), negative after a sequence's end.
            smoothing: what gives the weight.

        Returns:
            (N, T); without meaning for the first token, and after the end.
        """
        estimate = np.full(sequences.shape, 1 / self.vocabulary_size)
        parents, contexts = _roots(sequences), 1
        for keys, counts in zip(self.keys, self.counts, strict=True):
            nodes = _find(keys, _keys(parents, sequences, self.vocabulary_size))
            count = np.where(nodes == _NONE, 0, counts[nodes])
            owners = keys // self.vocabulary_size
            # One context more, which has nothing: that of the tokens that have none.
            total = np.bincount(owners, counts, contexts + 1)[parents]
            weight: np.ndarray | int = self.vocabulary_size
            if smoothing == "witten_bell":
                weight = np.bincount(owners, minlength=contexts + 1)[parents]
            np.divide(count + weight * estimate, total + weight, out=estimate, where=total > 0)
            parents, contexts = _shift(nodes), len(keys)
        return estimate


def _roots(sequences: np.ndarray) -> NDArray[np.int64]:
    """Return the empty n-gram before every token, and none after the ends."""
    return np.where(sequences < 0, _NONE, 0)


def _keys(parents: np.ndarray, sequences: np.ndarray, vocabulary_size: int) -> np.ndarray:
    there = (parents != _NONE) & (sequences >= 0)
    return np.where(there, parents * vocabulary_size + sequences, _NONE)


def _find(keys: np.ndarray, wanted: np.ndarray) -> NDArray[np.int64]:
    """Return the places of keys, or none where a key is not there."""
    places = np.searchsorted(keys, wanted).clip(max=len(keys) - 1)
    return np.where(keys[places] == wanted, places, _NONE)


def _shift(nodes: np.ndarray) -> NDArray[np.int64]:
    """Return the node that ends one token earlier, which is the next token's parent."""
    return np.pad(nodes, ((0, 0), (1, 0)), constant_values=_NONE)[:, :-1]
