"""Word vectors: trained on the corpus with gensim or read from a file, and asked about words."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from typing import Any

import numpy as np


class UnknownWordError(KeyError):
    """A word has no vector."""

    def __str__(self) -> str:
        return str(self.args[0])


@dataclass(frozen=True)
class Subwords:
    """FastText's vectors of character n-grams, from which a word that was never seen gets one.

    Attributes:
        shortest: characters of an n-gram, at least.
        longest: characters of an n-gram, at most.
        buckets: float32 (B, D); an n-gram's hash names its row.
    """

    shortest: int
    longest: int
    buckets: np.ndarray


@dataclass(frozen=True)
class WordVectors:
    """Words and their vectors.

    Attributes:
        words: V of them.
        vectors: float32 (V, D).
        subwords: of fastText; None elsewhere.
    """

    words: tuple[str, ...]
    vectors: np.ndarray
    subwords: Subwords | None = field(default=None, repr=False)

    def only(self, words: Collection[str]) -> "WordVectors":
        """Return the vectors of those words only; subwords stay."""
        kept = [number for number, word in enumerate(self.words) if word in words]
        chosen = tuple(self.words[number] for number in kept)
        return WordVectors(chosen, self.vectors[kept], self.subwords)

    def to_model(self) -> dict[str, Any]:
        """Return the vectors as a configuration and tensors, as models are saved."""
        config: dict[str, Any] = {"words": list(self.words), "subwords": None}
        tensors = {"vectors": self.vectors}
        if self.subwords is not None:
            config["subwords"] = [self.subwords.shortest, self.subwords.longest]
            tensors["buckets"] = self.subwords.buckets
        return {"config": config, "tensors": tensors}

    @classmethod
    def from_model(cls, model: Mapping[str, Any]) -> "WordVectors":
        """Return the vectors that :meth:`to_model` gave."""
        config, tensors = model["config"], model["tensors"]
        subwords = None
        if config["subwords"] is not None:
            shortest, longest = config["subwords"]
            subwords = Subwords(shortest, longest, tensors["buckets"])
        return cls(tuple(config["words"]), tensors["vectors"], subwords)

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The row of each word."""
        return {word: number for number, word in enumerate(self.words)}

    @cached_property
    def directions(self) -> np.ndarray:
        """The vectors at length 1, float32 (V, D); a vector of zeros stays one."""
        lengths = np.linalg.norm(self.vectors, axis=1, keepdims=True)
        directions: np.ndarray = self.vectors / np.where(lengths > 0, lengths, 1)
        return directions

    def vector(self, word: str) -> np.ndarray:
        """Return the vector of a word, float32 (D,); fastText has one for any word.

        Raises:
            UnknownWordError: there is none; the message names words that look alike.
        """
        if (number := self.numbers.get(word)) is not None:
            row: np.ndarray = self.vectors[number]
            return row
        if self.subwords is not None:
            return _from_subwords(word, self.subwords)
        close = get_close_matches(word, self.words, n=3, cutoff=0.5)
        hint = f"Words that look alike: {', '.join(close)}." if close else "No word looks alike."
        raise UnknownWordError(f"{word!r} is none of the {len(self.words)} words. {hint}")


def nearest(
    vectors: WordVectors,
    positive: Sequence[str],
    negative: Sequence[str] = (),
    *,
    count: int = 10,
) -> list[tuple[str, float]]:
    """Return the words nearest to a sum of words, with their cosine similarity, best first.

    ``nearest(vectors, ["姫", "男性"], ["女性"])`` asks what is to 男性 as 姫 is to 女性. Vectors
    are added at length 1, and the words asked about are left out, as Mikolov et al. (2013,
    "Linguistic Regularities in Continuous Space Word Representations") do it.

    Raises:
        UnknownWordError: a word has no vector.
    """
    total = np.zeros(vectors.vectors.shape[1])
    for sign, words in ((1, positive), (-1, negative)):
        for word in words:
            vector = vectors.vector(word).astype(np.float64)
            total += sign * vector / max(np.linalg.norm(vector), np.finfo(np.float32).tiny)
    similarity = vectors.directions @ total / max(np.linalg.norm(total), np.finfo(np.float32).tiny)
    asked = {vectors.numbers[word] for word in (*positive, *negative) if word in vectors.numbers}
    order = [number for number in np.argsort(-similarity, kind="stable") if number not in asked]
    return [(vectors.words[number], float(similarity[number])) for number in order[:count]]


def _from_subwords(word: str, subwords: Subwords) -> np.ndarray:
    from gensim.models.fasttext import ft_ngram_hashes

    rows = ft_ngram_hashes(word, subwords.shortest, subwords.longest, len(subwords.buckets))
    if len(rows) == 0:
        raise UnknownWordError(f"{word!r} is too short to have n-grams, and is not known itself.")
    mean: np.ndarray = subwords.buckets[rows].mean(axis=0)
    return mean
