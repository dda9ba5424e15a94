"""Word vectors by gensim: learned from tokenized documents, or read from a file."""

import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from kizu.preprocessing.word_vectors import Subwords, WordVectors

_SUBWORD_LENGTHS = (3, 6)  # characters of an n-gram, as in the paper
_FASTTEXT_MAGIC = (793712314).to_bytes(4, "little")  # how its binary files begin


class VectorFileError(ValueError):
    """A file of word vectors cannot be read."""


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


def _stable_hash(text: str) -> int:
    return zlib.crc32(text.encode())
