"""Figures that describe tokenized documents."""

from typing import Any

import numpy as np

from kizu.preprocessing.vocabulary import PADDING, UNKNOWN


def summarize_tokens(
    tokens: np.ndarray, counts: np.ndarray, splits: np.ndarray
) -> dict[str, float]:
    """Return flat figures about documents as rows of token numbers.

    Args:
        tokens: int32 (N, L), padded; may be memory-mapped.
        counts: tokens of each of the N documents, before they were cut to L.
        splits: the split of each document.

    Returns:
        ``count`` of documents, ``tokens`` in all, ``mean_length``, ``empty`` documents,
        ``cut_share`` (documents longer than L); for each split ``<split>.count`` and
        ``<split>.unknown_share`` (of the tokens kept).
    """
    summary = {
        "count": len(counts),
        "tokens": int(counts.sum()),
        "mean_length": float(counts.mean()),
        "empty": int((counts == 0).sum()),
        "cut_share": float((counts > tokens.shape[1]).mean()),
    }
    for split in sorted(set(splits.tolist())):
        rows = tokens[splits == split]
        kept = int((rows != PADDING).sum())
        summary[f"{split}.count"] = len(rows)
        summary[f"{split}.unknown_share"] = float((rows == UNKNOWN).sum() / max(kept, 1))
    return summary


def count_tokens(documents: Any) -> np.ndarray:
    """Return how many tokens each document has, int64 (N,).

    Args:
        documents: pandas Series of N documents, their tokens with single spaces between them.
    """
    counts: np.ndarray = (documents.str.count(" ") + (documents != "")).to_numpy(np.int64)
    return counts
