"""Arrays made, and read, a block of rows at a time."""

import threading
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kizu.preprocessing import blocks
from kizu.preprocessing.blocks import RowwiseArray, block_bounds, read_blocks, usable_cores


@given(rows=st.integers(0, 50), row_bytes=st.integers(0, 10 * 2**20))
def test_bounds_cover_every_row_once_in_pieces_of_about_16_mib(rows, row_bytes):
    bounds = list(block_bounds((rows, row_bytes), 1))
    covered = [row for start, stop in bounds for row in range(start, stop)]
    assert covered == list(range(rows))
    assert all((stop - start) * row_bytes <= 16 * 2**20 for start, stop in bounds)


def test_a_rowwise_array_is_the_array_of_its_rows():
    whole = np.random.default_rng(0).integers(0, 256, (7, 1000, 1000), np.uint8)
    rowwise = RowwiseArray(whole.shape, whole.dtype, whole.__getitem__)
    assert len(list(rowwise.blocks())) == 1
    assert np.array_equal(np.asarray(rowwise), whole)
    assert np.array_equal(np.concatenate(list(read_blocks(whole))), whole)


def test_no_rows_are_an_empty_array():
    empty = RowwiseArray((0, 3), np.dtype(np.float32), lambda _: np.zeros(3))
    assert np.asarray(empty).shape == (0, 3)
    assert np.asarray(empty).dtype == np.float32


@pytest.mark.parametrize("cores", [1, 2, 7])
def test_the_number_of_threads_does_not_show(monkeypatch, cores):
    monkeypatch.setattr(blocks, "usable_cores", lambda: cores)
    monkeypatch.setattr(blocks, "_BLOCK_BYTES", 800)
    threads = set()

    def row(index):
        threads.add(threading.get_ident())
        return np.full(1, index, np.int64)

    rowwise = RowwiseArray((1234, 1), np.dtype(np.int64), row)
    assert [len(block) for block in rowwise.blocks()] == [100] * 12 + [34]
    threads.clear()
    assert np.array_equal(np.asarray(rowwise)[:, 0], np.arange(1234))
    assert len(threads) <= cores


def test_processes_make_the_same_rows(monkeypatch):
    monkeypatch.setattr(blocks, "usable_cores", lambda: 2)
    monkeypatch.setattr(blocks, "_BLOCK_BYTES", 800)
    row = partial(np.full, (2,))
    rowwise = RowwiseArray((123, 2), np.dtype(np.int64), row, processes=True)
    assert np.array_equal(np.asarray(rowwise), np.arange(123)[:, None].repeat(2, axis=1))


def test_an_error_in_a_process_arrives(monkeypatch):
    monkeypatch.setattr(blocks, "usable_cores", lambda: 2)
    rowwise = RowwiseArray((9, 1), np.dtype(np.int64), partial(int, "not a number"), processes=True)
    with pytest.raises(ValueError, match="base"):
        np.asarray(rowwise)


def test_rows_are_made_by_several_threads_at_once(monkeypatch):
    monkeypatch.setattr(blocks, "usable_cores", lambda: 2)
    both_are_here = threading.Barrier(2, timeout=60)

    def row(index):
        if index in (0, 40):  # of two tasks
            both_are_here.wait()
        return np.zeros(1)

    assert np.asarray(RowwiseArray((50, 1), np.dtype(float), row)).shape == (50, 1)


def test_the_first_of_several_errors_is_raised_and_the_rest_is_left(monkeypatch):
    monkeypatch.setattr(blocks, "usable_cores", lambda: 4)
    done = []

    def row(index):
        if index >= 100:
            raise ValueError(f"row {index}")
        done.append(index)
        return np.zeros(1)

    with pytest.raises(ValueError, match=r"^row 100$"):
        np.asarray(RowwiseArray((100_000, 1), np.dtype(float), row))
    assert sorted(done) == list(range(100))


def test_only_a_block_is_made_before_it_is_asked_for(monkeypatch):
    monkeypatch.setattr(blocks, "_BLOCK_BYTES", 80)
    made = []

    def row(index):
        made.append(index)
        return np.zeros(1)

    iterator = RowwiseArray((100, 1), np.dtype(float), row).blocks()
    next(iterator)
    assert sorted(made) == list(range(10))
    iterator.close()


def test_there_is_a_core():
    assert usable_cores() >= 1
