"""Nodes of the stage `text`."""

from pathlib import Path
from typing import Any

import numpy as np

from kizu.pipelines.text.parameters import TextParameters, VectorFile
from kizu.preprocessing.chronological import chronological_split
from kizu.preprocessing.gensim_vectors import Sentences, read_vectors, train_vectors
from kizu.preprocessing.index import item_index
from kizu.preprocessing.splits import check_disjoint
from kizu.preprocessing.steps import apply_steps
from kizu.preprocessing.string_columns import string_column, text_hashes
from kizu.preprocessing.token_statistics import count_tokens, summarize_tokens
from kizu.preprocessing.tokenizers import make_tokenizer
from kizu.preprocessing.vocabulary import Vocabulary, build_vocabulary, number_rows
from kizu.preprocessing.word_vectors import WordVectors


def cut_documents(
    raw_documents: Any, parameters: TextParameters
) -> tuple[Any, Any, dict[str, Any]]:
    """Return documents as tokens, their index, and the tokenizer that cut them.

    The documents have columns id, text (cleaned) and tokens (with spaces between them). A
    tokenizer that learns is taught by the training split only.

    Raises:
        SplitError: a split would stay empty, or leaks into another.
        UnknownLanguageError: a step does not know the language.
    """
    import pandas as pd

    texts = string_column(apply_steps(text, parameters.steps) for text in raw_documents["text"])
    splits = _split(raw_documents, text_hashes(texts), parameters)
    tokenizer = make_tokenizer(parameters.tokenizer, texts[splits == "train"])
    tokens = string_column(
        " ".join(apply_steps(words, parameters.token_steps)) for words in tokenizer.tokenize(texts)
    )
    ids = raw_documents["id"].tolist()
    index = item_index(
        ids,
        ids,
        raw_documents["label"].tolist(),
        splits.tolist(),
        position=raw_documents["position"],
        length=np.minimum(count_tokens(tokens), parameters.max_length),
    )
    documents = pd.DataFrame({"id": raw_documents["id"], "text": texts, "tokens": tokens})
    return documents, index, dict(tokenizer.state)


def _split(raw_documents: Any, contents: list[str], parameters: TextParameters) -> np.ndarray:
    ids = raw_documents["id"].tolist()
    if parameters.split.by == "time":
        positions = raw_documents["position"].to_numpy()
        splits = chronological_split(positions, parameters.split.model_dump())
        check_disjoint(ids, ids, splits.tolist())  # equal lines may come again
        return splits
    labels, own = raw_documents["label"].tolist(), raw_documents["split"].tolist()
    splits = parameters.split.assign(labels, contents, own, parameters.seed)
    check_disjoint(ids, contents, splits.tolist())
    return splits


def number_documents(
    documents: Any, index: Any, parameters: TextParameters
) -> tuple[np.ndarray, dict[str, Any]]:
    """Return the tokens as numbers, int32 (N, L), and the training split's vocabulary."""
    training = documents["tokens"][(index["split"] == "train").to_numpy()]
    vocabulary = build_vocabulary(
        (tokens.split() for tokens in training),
        min_frequency=parameters.vocabulary.min_frequency,
        max_size=parameters.vocabulary.max_size,
    )
    rows = (tokens.split() for tokens in documents["tokens"])
    numbers = number_rows(rows, len(documents), vocabulary, parameters.max_length)
    return numbers, vocabulary.to_json()


def make_vectors(
    documents: Any,
    index: Any,
    vocabulary: dict[str, Any],
    source_vectors: Path | None,
    parameters: TextParameters,
) -> dict[str, Any]:
    """Return word vectors: learned from the training split, or a file's for the vocabulary.

    Raises:
        ValueError: they are to come from a file, and no folder is named.
        VectorFileError: the file cannot be read.
    """
    settings = parameters.vectors
    if isinstance(settings, VectorFile):
        if source_vectors is None:
            raise ValueError(
                "text.vectors.method is 'file', but the catalog entry 'source_vectors' names no "
                "folder. Set its `filepath`."
            )
        known = frozenset(Vocabulary.from_json(vocabulary).tokens)
        return read_vectors(source_vectors / settings.name).only(known).to_model()
    training = documents["tokens"][(index["split"] == "train").to_numpy()]
    vectors = train_vectors(Sentences(training), **settings.model_dump(), seed=parameters.seed)
    return vectors.to_model()


def describe_text(
    documents: Any, tokens: np.ndarray, index: Any, vocabulary: dict[str, Any], vectors: Any
) -> tuple[dict[str, float], Any, Any]:
    """Return metrics, the histogram of lengths, and the frequencies of the tokens."""
    from kizu.reporting.token_figures import length_histogram, rank_frequency

    counts = count_tokens(documents["tokens"])
    known = Vocabulary.from_json(vocabulary)
    words = WordVectors.from_model(vectors).numbers
    metrics = summarize_tokens(tokens, counts, index["split"].to_numpy())
    metrics["vocabulary"] = len(known)
    metrics["vectors.coverage"] = float(np.mean([word in words for word in known.tokens[2:]]))
    for name, count in index["class_name"].value_counts().items():
        metrics[f"class.{name}.count"] = int(count)
    by_split = {
        split: counts[(index["split"] == split).to_numpy()]
        for split in ("train", "calibration", "test")
    }
    histogram = length_histogram(by_split, tokens.shape[1])
    return metrics, histogram, rank_frequency(np.array(known.counts[2:]))
