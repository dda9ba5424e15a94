"""Rows that are read from a file: indexed as an array is."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from kizu.datasets import npy
from kizu.datasets.npy import BlockwiseArray, NpyDataset
from kizu.datasets.rows import FileRows, fits_address_space
from kizu.preprocessing.blocks import read_blocks
from kizu.preprocessing.image_values import count_values
from kizu.preprocessing.splits import content_hashes
from kizu.reporting.image_figures import image_gallery


@pytest.fixture
def no_maps(monkeypatch):
    monkeypatch.setattr(npy, "fits_address_space", lambda _: False)


@pytest.fixture
def whole():
    return np.random.default_rng(0).integers(0, 256, (50, 3, 8, 6), np.uint8)


@pytest.fixture
def from_file(whole, no_maps, tmp_path):
    dataset = NpyDataset(filepath=tmp_path / "array.npy")
    dataset.save(whole)
    loaded = dataset.load()
    assert isinstance(loaded, FileRows)
    return loaded


@given(data=st.data())
def test_every_index_gives_what_numpy_gives(data, tmp_path_factory):
    whole = data.draw(
        arrays.arrays(np.int16, arrays.array_shapes(min_dims=1, max_dims=3, min_side=1))
    )
    path = tmp_path_factory.mktemp("rows") / "values"
    path.write_bytes(b"head" + whole.tobytes())
    read = FileRows(path, 4, whole.shape, whole.dtype)
    numbers = st.integers(-len(whole), len(whole) - 1)
    first = data.draw(
        st.one_of(
            numbers,
            st.slices(len(whole)),
            st.lists(numbers, max_size=5).map(lambda items: np.array(items, np.int64)),
            arrays.arrays(bool, len(whole)),
        )
    )
    rest = [
        data.draw(st.one_of(st.slices(size), st.integers(0, size - 1)))
        for size in whole.shape[1:][: data.draw(st.integers(0, whole.ndim - 1))]
    ]
    expected = whole[(first, *rest)]
    found = read[(first, *rest)]
    assert found.shape == expected.shape
    assert np.array_equal(found, expected)


def test_it_looks_like_the_array(from_file, whole):
    assert from_file.shape == whole.shape
    assert from_file.dtype == whole.dtype
    assert from_file.ndim == whole.ndim
    assert from_file.nbytes == whole.nbytes
    assert len(from_file) == len(whole)
    assert np.array_equal(np.asarray(from_file), whole)
    assert np.array_equal(np.asarray(from_file, np.float32), whole.astype(np.float32))
    assert all(map(np.array_equal, from_file, whole))


def test_the_functions_of_the_images_stage_read_it(from_file, whole):
    assert np.array_equal(np.concatenate(list(read_blocks(from_file))), whole)
    assert np.array_equal(count_values(from_file), count_values(whole))
    assert content_hashes(from_file) == content_hashes(whole)
    names = [str(row % 4) for row in range(len(whole))]
    pictures = []
    for images in (from_file, whole):
        figure = image_gallery(images, names)
        pictures.append(np.asarray(figure.axes[0].images[0].get_array()))
    assert np.array_equal(*pictures)


def test_it_can_be_saved_again(from_file, whole, tmp_path):
    assert isinstance(from_file, BlockwiseArray)
    NpyDataset(filepath=tmp_path / "copy.npy").save(from_file)
    assert np.array_equal(np.load(tmp_path / "copy.npy"), whole)


def test_it_stays_valid_when_its_file_is_replaced(from_file, whole, tmp_path):
    NpyDataset(filepath=tmp_path / "array.npy").save(np.zeros(4))
    assert np.array_equal(from_file[7], whole[7])


def test_threads_may_read_it_at_once(from_file, whole):
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda row: from_file[row % 50], range(400)))
    assert all(np.array_equal(image, whole[row % 50]) for row, image in enumerate(found))


@pytest.mark.parametrize("key", [..., None, (slice(None), ...), (0, [1, 2]), (0, None)])
def test_another_index_is_refused(key, from_file):
    with pytest.raises(IndexError, match="stays in its file"):
        from_file[key]


@pytest.mark.parametrize("key", [50, -51, [50], (0, 3)])
def test_a_row_that_is_not_there_is_an_index_error(key, from_file):
    with pytest.raises(IndexError):
        from_file[key]


def test_a_file_cut_short_is_named(whole, no_maps, tmp_path):
    dataset = NpyDataset(filepath=tmp_path / "array.npy")
    dataset.save(whole)
    content = (tmp_path / "array.npy").read_bytes()
    (tmp_path / "array.npy").write_bytes(content[:-1])
    with pytest.raises(Exception, match=r"array\.npy.*7199 of 7200 bytes"):
        dataset.load()


def test_the_limit_of_the_address_space_decides(monkeypatch):
    resource = pytest.importorskip("resource")
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1000, 2000))
    assert fits_address_space(250)
    assert not fits_address_space(251)
    monkeypatch.setattr(resource, "getrlimit", lambda _: (resource.RLIM_INFINITY,) * 2)
    assert fits_address_space(2**60)
