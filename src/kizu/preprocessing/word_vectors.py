"""Word vectors: trained on the corpus with gensim or read from a file, and asked about words."""

import struct
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np

_SUBWORD_LENGTHS = (3, 6)  # characters of an n-gram, as in the paper
_FASTTEXT_MAGIC = (793712314).to_bytes(4, "little")  # how its binary files begin


class UnknownWordError(KeyError):
    """A word has no vector."""

    def __str__(self) -> str:
        return str(self.args[0])


class VectorFileError(ValueError):
    """A file of word vectors cannot be read."""


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


def train_vectors(
    sentences: Iterable[Sequence[str]],
    *,
    method: Literal["word2vec", "fasttext"],
    dimension: int,
    window: int,
    min_frequency: int,
    epochs: int,
    seed: int,
    buckets: int = 20_000,
) -> WordVectors:
    """Return vectors of skip-grams with negative sampling, learned from tokenized documents.

    Word2vec: Mikolov et al. (2013), "Distributed Representations of Words and Phrases and their
    Compositionality". FastText: Bojanowski et al. (2017), "Enriching Word Vectors with Subword
    Information". One thread and a seed: the same documents give the same vectors.

    Args:
        sentences: tokens of each document; read several times.
        method: fasttext also learns vectors of character n-grams (3 to 6 characters).
        dimension: D.
        window: words to each side that count as neighbors.
        min_frequency: how often a word must occur to get a vector.
        epochs: how often the documents are read.
        seed: of the start values, the windows and the negative samples.
        buckets: of the n-grams of fasttext.
    """
    from gensim.models import FastText, Word2Vec

    common: dict[str, Any] = {
        "vector_size": dimension,
        "window": window,
        "min_count": min_frequency,
        "epochs": epochs,
        "sg": 1,
        "seed": seed,
        "workers": 1,
        # Python's own hash of a string differs from process to process.
        "hashfxn": _stable_hash,
    }
    if method == "word2vec":
        return _from_gensim(Word2Vec(sentences, **common).wv)
    shortest, longest = _SUBWORD_LENGTHS
    model = FastText(sentences, **common, bucket=buckets, min_n=shortest, max_n=longest)
    return _from_gensim(model.wv)


class Sentences:
    """Documents as gensim reads them, as often as it wants: lists of at most 10,000 tokens.

    Of a longer list, gensim leaves out the end without a word.

    Args:
        documents: tokens of each, with spaces between them.
    """

    _MOST_TOKENS = 10_000

    def __init__(self, documents: Iterable[str]) -> None:
        self._documents = documents

    def __iter__(self) -> Iterator[list[str]]:
        """Yield the tokens of each document, the long ones in parts."""
        for document in self._documents:
            tokens = document.split()
            for start in range(0, len(tokens), self._MOST_TOKENS):
                yield tokens[start : start + self._MOST_TOKENS]


def read_vectors(path: Path) -> WordVectors:
    """Return the vectors of a file in a standard format, told by its name and its content.

    ``.vec`` and ``.txt``: word2vec's text format, which fastText writes too. ``.bin``: fastText's
    own, with subwords, or else word2vec's binary format.

    Raises:
        VectorFileError: there is no such file, or it is in none of these formats.
    """
    from gensim.models import KeyedVectors
    from gensim.models.fasttext import load_facebook_vectors

    if not path.is_file():
        raise VectorFileError(f"{path} is no file of word vectors: there is no such file.")
    try:
        if path.suffix in {".vec", ".txt"}:
            return _from_gensim(KeyedVectors.load_word2vec_format(path, binary=False))
        if path.suffix == ".bin":
            with path.open("rb") as file:
                is_fasttext = file.read(len(_FASTTEXT_MAGIC)) == _FASTTEXT_MAGIC
            if is_fasttext:
                return _from_gensim(load_facebook_vectors(path))
            return _from_gensim(KeyedVectors.load_word2vec_format(path, binary=True))
    except (ValueError, EOFError, AssertionError, NotImplementedError, struct.error) as error:
        raise VectorFileError(f"{path} cannot be read as word vectors: {error}") from error
    raise VectorFileError(
        f"{path} has the extension {path.suffix!r}; .vec, .txt (word2vec text) and .bin (word2vec "
        "binary, fastText) are read."
    )


def _from_gensim(keyed: Any) -> WordVectors:
    subwords = None
    if hasattr(keyed, "vectors_ngrams"):
        subwords = Subwords(keyed.min_n, keyed.max_n, np.asarray(keyed.vectors_ngrams, np.float32))
    return WordVectors(tuple(keyed.index_to_key), np.asarray(keyed.vectors, np.float32), subwords)


def _from_subwords(word: str, subwords: Subwords) -> np.ndarray:
    from gensim.models.fasttext import ft_ngram_hashes

    rows = ft_ngram_hashes(word, subwords.shortest, subwords.longest, len(subwords.buckets))
    if len(rows) == 0:
        raise UnknownWordError(f"{word!r} is too short to have n-grams, and is not known itself.")
    mean: np.ndarray = subwords.buckets[rows].mean(axis=0)
    return mean


def _stable_hash(text: str) -> int:
    return zlib.crc32(text.encode())
