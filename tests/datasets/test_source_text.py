"""SourceTextDataset."""

import pytest
from kedro.io import DatasetError

from kizu.datasets.source_text import SourceTextDataset


def test_loads_the_text_as_it_is(tmp_path):
    path = tmp_path / "schema.yml"
    path.write_bytes("columns:\r\n  傷: 1\n".encode())
    dataset = SourceTextDataset(filepath=path)
    assert dataset.exists()
    assert dataset.load() == "columns:\r\n  傷: 1\n"
    assert "schema.yml" in str(dataset)


def test_without_a_path_there_is_no_text_and_nothing_to_miss():
    dataset = SourceTextDataset(filepath=None)
    assert dataset.load() is None
    assert dataset.exists()


def test_a_missing_file_is_named_with_a_way_out(tmp_path):
    dataset = SourceTextDataset(filepath=tmp_path / "schema.yml")
    assert not dataset.exists()
    with pytest.raises(DatasetError, match=r"schema\.yml does not exist.*or to null"):
        dataset.load()


def test_bytes_that_are_no_text_are_refused(tmp_path):
    (tmp_path / "schema.yml").write_bytes(b"\xff")
    with pytest.raises(DatasetError, match="no readable UTF-8 text"):
        SourceTextDataset(filepath=tmp_path / "schema.yml").load()


def test_is_never_written(tmp_path):
    with pytest.raises(DatasetError, match="only read"):
        SourceTextDataset(filepath=tmp_path / "schema.yml").save("x")
