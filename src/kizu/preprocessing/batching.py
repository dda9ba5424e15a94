"""Batches of documents of similar length, padded no further than they must be."""

from collections.abc import Iterator

import numpy as np

from kizu.preprocessing.vocabulary import PADDING


def length_bucketed_batches(
    lengths: np.ndarray, batch_size: int, *, seed: int, epoch: int, batches_a_bucket: int = 50
) -> Iterator[np.ndarray]:
    """Yield the rows of each batch of an epoch; every row comes exactly once.

    All rows are shuffled and cut into buckets; a bucket is sorted by length and cut into batches,
    and the batches of all buckets are shuffled. So a batch's documents are of similar length, and
    yet its members change from epoch to epoch.

    Args:
        lengths: of N documents.
        batch_size: rows of a batch; only one may have fewer.
        seed: of the order.
        epoch: counted from 0; each has an order of its own.
        batches_a_bucket: more mean less padding, and batches that are less alike by chance.
    """
    generator = np.random.default_rng((seed, epoch))
    order = generator.permutation(len(lengths))
    # Full batches and the rest: buckets are whole batches, so only the last one can be short.
    size = batch_size * batches_a_bucket
    batches: list[np.ndarray] = []
    for start in range(0, len(order), size):
        bucket = order[start : start + size]
        bucket = bucket[np.argsort(lengths[bucket], kind="stable")]
        batches += [bucket[at : at + batch_size] for at in range(0, len(bucket), batch_size)]
    for number in generator.permutation(len(batches)):
        yield batches[number]


def padded_batch(
    tokens: np.ndarray, lengths: np.ndarray, rows: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the tokens of some documents, as wide as the longest of them, and where they are.

    Args:
        tokens: int32 (N, L), padded; may be memory-mapped.
        lengths: of the N documents, 0 to L.
        rows: B of the N.

    Returns:
        The tokens, int32 (B, W), and a mask, bool (B, W): True where a token is, False where
        padding is; W is the greatest length of the rows.
    """
    chosen = lengths[rows]
    width = int(chosen.max(initial=0))
    mask = np.arange(width) < chosen[:, np.newaxis]
    return np.where(mask, tokens[rows][:, :width], np.int32(PADDING)), mask


def padding_share(lengths: np.ndarray, batches: Iterator[np.ndarray]) -> float:
    """Return the share of padding among all places of the batches."""
    places = tokens = 0
    for rows in batches:
        chosen = lengths[rows]
        places += int(chosen.max(initial=0)) * len(rows)
        tokens += int(chosen.sum())
    return 1 - tokens / places if places else 0.0
