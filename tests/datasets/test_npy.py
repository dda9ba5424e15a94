"""NpyDataset."""

import io
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra import numpy as arrays
from kedro.io import DatasetError

from kizu.datasets.npy import NpyDataset
from kizu.preprocessing.blocks import RowwiseArray


@dataclass
class Blocks:
    shape: tuple[int, ...]
    dtype: Any
    parts: list[np.ndarray]

    def blocks(self):
        return iter(self.parts)


@given(
    array=arrays.arrays(
        dtype=arrays.scalar_dtypes(), shape=arrays.array_shapes(min_dims=0, min_side=0)
    )
)
def test_gives_back_what_was_saved_as_numpy_itself_writes_it(array, tmp_path_factory):
    path = tmp_path_factory.mktemp("npy") / "array.npy"
    dataset = NpyDataset(filepath=path)
    dataset.save(array)
    loaded = dataset.load()
    assert loaded.dtype == array.dtype
    assert loaded.shape == array.shape
    assert loaded.tobytes() == array.tobytes()
    reference = io.BytesIO()
    np.save(reference, array)
    assert path.read_bytes() == reference.getvalue()


def test_loads_a_read_only_map_of_the_file(tmp_path):
    dataset = NpyDataset(filepath=tmp_path / "array.npy")
    dataset.save(np.arange(6).reshape(2, 3))
    loaded = dataset.load()
    assert isinstance(loaded, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        loaded[0, 0] = 1


def test_a_map_stays_valid_when_its_file_is_replaced(tmp_path):
    dataset = NpyDataset(filepath=tmp_path / "array.npy")
    dataset.save(np.zeros(4))
    loaded = dataset.load()
    dataset.save(loaded + 1)
    assert loaded.tolist() == [0, 0, 0, 0]
    assert dataset.load().tolist() == [1, 1, 1, 1]


@pytest.mark.parametrize(
    "array", [np.asfortranarray(np.eye(3)), np.arange(12).reshape(3, 4)[:, ::2]]
)
def test_any_memory_order_is_saved_in_c_order(array, tmp_path):
    dataset = NpyDataset(filepath=tmp_path / "array.npy")
    dataset.save(array)
    assert np.array_equal(dataset.load(), array)
    assert dataset.load().flags.c_contiguous


def test_blocks_are_written_one_after_the_other(tmp_path):
    dataset = NpyDataset(filepath=tmp_path / "array.npy")
    whole = np.arange(24, dtype=np.int16).reshape(6, 4)
    dataset.save(Blocks((6, 4), whole.dtype, [whole[:1], whole[1:5], whole[5:]]))
    assert np.array_equal(dataset.load(), whole)


def test_a_rowwise_array_asks_for_each_row_once(tmp_path):
    asked = []

    def row(index):
        asked.append(index)
        return np.full((2, 2), index, np.uint8)

    dataset = NpyDataset(filepath=tmp_path / "array.npy")
    dataset.save(RowwiseArray((5, 2, 2), np.dtype(np.uint8), row))
    assert asked == [0, 1, 2, 3, 4]
    assert dataset.load()[:, 1, 1].tolist() == asked


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ([np.zeros((1, 2))], "2 rows were announced, 1 came"),
        ([np.zeros((2, 3))], "does not fit"),
        ([np.zeros((2, 2), np.float32)], "does not fit"),
    ],
)
def test_blocks_that_do_not_fit_are_refused(parts, sentence, tmp_path):
    with pytest.raises(DatasetError, match=sentence):
        NpyDataset(filepath=tmp_path / "array.npy").save(Blocks((2, 2), np.dtype(float), parts))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("value", [np.array([{}]), [1, 2], {"a": 1}])
def test_what_is_no_plain_array_is_refused(value, tmp_path):
    with pytest.raises(DatasetError, match=r"array\.npy"):
        NpyDataset(filepath=tmp_path / "array.npy").save(value)


def test_a_file_with_python_objects_is_refused(tmp_path):
    np.save(tmp_path / "array.npy", np.array([{}]), allow_pickle=True)
    with pytest.raises(DatasetError, match="Python objects"):
        NpyDataset(filepath=tmp_path / "array.npy").load()
