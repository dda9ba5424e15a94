"""FolderDataset and SourceFolderDataset."""

import pytest
from kedro.io import DatasetError

from kizu.datasets.folder import FolderDataset
from kizu.datasets.source_folder import SourceFolderDataset


@pytest.fixture
def dataset(tmp_path):
    return FolderDataset(filepath=tmp_path / "folder")


def test_loads_the_paths_sorted_by_name(dataset, tmp_path):
    source = tmp_path / "source.bin"
    source.write_bytes(b"3")
    dataset.save({"b/x": b"1", "a b/傷\n.png": lambda: b"2", "b/a": source})
    loaded = dataset.load()
    assert list(loaded) == ["a b/傷\n.png", "b/a", "b/x"]
    assert [path.read_bytes() for path in loaded.values()] == [b"2", b"3", b"1"]


def test_holds_what_was_saved_last_and_nothing_else(dataset):
    dataset.save({"a": b"1", "b/c": b"2"})
    dataset.save({"a": b"3"})
    assert {name: path.read_bytes() for name, path in dataset.load().items()} == {"a": b"3"}


def test_a_loaded_folder_can_be_saved_over_itself(dataset):
    dataset.save({"a": b"1", "b": b"2"})
    loaded = dataset.load()
    dataset.save({"b": loaded["b"]})
    assert list(dataset.load()) == ["b"]


def test_functions_are_called_one_after_the_other(dataset, tmp_path):
    def second():
        written = [path.name for path in tmp_path.rglob("*") if path.is_file()]
        return ",".join(written).encode()

    dataset.save({"first": lambda: b"1", "second": second})
    assert dataset.load()["second"].read_bytes() == b"first"


def test_an_empty_mapping_is_an_empty_folder(dataset):
    dataset.save({})
    assert dataset.load() == {}


@pytest.mark.parametrize(
    "name",
    ["../x", "a/../../x", "/x", "a//b", "./a", "a/", "", ".", "..", "C:/x", "C:x", "..\\x", "a\0b"],
)
def test_a_name_that_leads_elsewhere_is_refused(dataset, name, tmp_path):
    dataset.save({"kept": b"1"})
    with pytest.raises(DatasetError, match="file name inside a folder"):
        dataset.save({"a": b"2", name: b"3"})
    assert list(dataset.load()) == ["kept"]
    assert [entry.name for entry in tmp_path.iterdir()] == ["folder"]


def test_a_link_of_an_earlier_run_is_not_written_through(dataset, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    dataset.save({})
    (tmp_path / "folder" / "a").symlink_to(outside, target_is_directory=True)
    dataset.save({"a/x": b"1"})
    assert list(outside.iterdir()) == []


def test_links_into_a_cache_are_loaded(dataset, tmp_path):
    cached = tmp_path / "cached"
    cached.write_bytes(b"1")
    dataset.save({})
    (tmp_path / "folder" / "a").symlink_to(cached)
    assert dataset.load()["a"].read_bytes() == b"1"


def test_a_source_that_is_gone_is_named(dataset, tmp_path):
    with pytest.raises(DatasetError, match=r"gone\.png does not exist"):
        dataset.save({"a": tmp_path / "gone.png"})


class TestSourceFolder:
    def test_loads_the_path(self, tmp_path):
        assert SourceFolderDataset(filepath=tmp_path).load() == tmp_path

    def test_without_a_path_there_is_no_folder_and_nothing_to_miss(self):
        dataset = SourceFolderDataset(filepath=None)
        assert dataset.load() is None
        assert dataset.exists()

    def test_a_missing_folder_is_named(self, tmp_path):
        dataset = SourceFolderDataset(filepath=tmp_path / "photos")
        assert not dataset.exists()
        with pytest.raises(DatasetError, match="photos does not exist"):
            dataset.load()

    def test_is_never_written(self, tmp_path):
        with pytest.raises(DatasetError, match="only read"):
            SourceFolderDataset(filepath=tmp_path).save({})
