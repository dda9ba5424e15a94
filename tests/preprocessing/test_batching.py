"""Batches by length."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kizu.preprocessing.batching import length_bucketed_batches, padded_batch, padding_share

LENGTHS = st.lists(st.integers(0, 30), min_size=1, max_size=200).map(np.array)


@given(LENGTHS, st.integers(1, 17), st.integers(0, 3), st.integers(1, 4))
def test_every_document_comes_once(lengths, size, epoch, bucket):
    batches = list(
        length_bucketed_batches(lengths, size, seed=7, epoch=epoch, batches_a_bucket=bucket)
    )
    assert sorted(np.concatenate(batches).tolist()) == list(range(len(lengths)))
    assert sorted(map(len, batches), reverse=True)[:-1] == [size] * (len(batches) - 1)


def test_the_order_is_the_seeds_and_the_epochs():
    lengths = np.random.default_rng(0).integers(1, 50, 400)

    def order(seed, epoch):
        batches = length_bucketed_batches(lengths, 16, seed=seed, epoch=epoch, batches_a_bucket=5)
        return np.concatenate(list(batches)).tolist()

    assert order(0, 0) == order(0, 0)
    assert len({tuple(order(*pair)) for pair in ((0, 0), (0, 1), (1, 0))}) == 3


def test_members_of_a_batch_change_from_epoch_to_epoch():
    lengths = np.full(400, 10)
    first, second = (
        {frozenset(rows.tolist()) for rows in length_bucketed_batches(lengths, 8, seed=0, epoch=e)}
        for e in (0, 1)
    )
    assert not first & second


@given(LENGTHS, st.data())
def test_a_batch_is_as_wide_as_its_longest(lengths, data):
    tokens = np.full((len(lengths), 30), 1, np.int32)
    for row, length in enumerate(lengths):
        tokens[row, :length] = np.arange(2, 2 + length)
    rows = np.array(data.draw(st.lists(st.integers(0, len(lengths) - 1), max_size=9)), np.int64)
    batch, mask = padded_batch(tokens, lengths, rows)
    assert batch.dtype == np.int32
    assert batch.shape == mask.shape == (len(rows), max(lengths[rows], default=0))
    assert mask.sum(axis=1).tolist() == lengths[rows].tolist()
    for row, (numbers, known) in zip(rows, zip(batch, mask, strict=True), strict=True):
        assert numbers[known].tolist() == list(range(2, 2 + lengths[row]))
        assert set(numbers[~known].tolist()) <= {1}


def test_by_length_there_is_far_less_padding():
    lengths = np.random.default_rng(0).integers(1, 200, 5000)
    order = np.random.default_rng(1).permutation(5000)
    random = padding_share(lengths, iter(np.split(order, 100)))
    bucketed = padding_share(lengths, length_bucketed_batches(lengths, 50, seed=0, epoch=0))
    assert random > 0.4
    assert bucketed < 0.05


def test_padding_is_counted():
    assert padding_share(np.array([1, 3]), iter([np.array([0, 1])])) == 1 - 4 / 6
    assert padding_share(np.array([], int), iter([])) == 0
