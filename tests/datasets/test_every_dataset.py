"""What every dataset promises: round trip, equal bytes, atomic writes, errors that say it all."""

import errno
import os
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from kedro.io import DataCatalog, DatasetError

from kizu.datasets.files import replacing

_SCRIPT = Path(__file__).with_name("samples.py")
SAMPLES = runpy.run_path(str(_SCRIPT))["SAMPLES"]


@pytest.fixture(params=SAMPLES, ids=str)
def sample(request, tmp_path):
    """A dataset at its path, and a function that makes a value for it."""
    dataset, value = SAMPLES[request.param]
    path = tmp_path / "deep" / request.param
    return dataset(path), value, path


def read_tree(path: Path) -> dict[str, bytes]:
    files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
    return {file.relative_to(path.parent).as_posix(): file.read_bytes() for file in files}


def test_exists_once_saved(sample):
    dataset, value, path = sample
    assert not dataset.exists()
    dataset.save(value())
    assert dataset.exists()
    assert str(path) in str(dataset)


def test_saving_twice_gives_the_same_bytes_and_leaves_nothing_else(sample):
    dataset, value, path = sample
    dataset.save(value())
    first = read_tree(path)
    dataset.save(value())
    assert read_tree(path) == first
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_another_process_writes_the_same_bytes(tmp_path):
    for name, (dataset, value) in SAMPLES.items():
        dataset(tmp_path / "here" / name).save(value())
    environment = {**os.environ, "PYTHONHASHSEED": "1", "TZ": "UTC+3"}
    subprocess.run([sys.executable, _SCRIPT, tmp_path / "there"], check=True, env=environment)
    for name in SAMPLES:
        assert read_tree(tmp_path / "here" / name) == read_tree(tmp_path / "there" / name)


def test_a_missing_file_is_named_with_a_way_out(sample):
    dataset, _, path = sample
    with pytest.raises(DatasetError, match=r"does not exist.*kizu repro") as error:
        dataset.load()
    assert str(path) in str(error.value)


@pytest.mark.parametrize(
    "name", sorted(set(SAMPLES) - {"folder", "model", "table.csv", "page.html"})
)
@pytest.mark.parametrize("kept", [0.0, 0.6])
def test_a_file_cut_short_is_named(name, kept, tmp_path):
    dataset, value = SAMPLES[name]
    path = tmp_path / name
    dataset(path).save(value())
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(DatasetError, match="is no readable") as error:
        dataset(path).load()
    assert str(path) in str(error.value)


@pytest.mark.parametrize("name", ["table.csv", "page.html"])
def test_text_that_is_no_utf_8_is_named(name, tmp_path):
    path = tmp_path / name
    path.write_bytes(b"a,b\n\xff\xfe,1\n")
    with pytest.raises(DatasetError, match="is no readable") as error:
        SAMPLES[name][0](path).load()
    assert str(path) in str(error.value)


def test_a_link_is_replaced_and_not_written_through(sample, tmp_path):
    dataset, value, path = sample
    dataset.save(value())
    cached = tmp_path / "cached"
    path.rename(cached)
    before = read_tree(cached)
    path.symlink_to(cached, target_is_directory=cached.is_dir())
    dataset.save(value())
    assert not path.is_symlink()
    assert read_tree(cached) == before


def test_none_is_refused(sample):
    with pytest.raises(DatasetError, match="None"):
        sample[0].save(None)


def test_the_catalog_builds_every_dataset(tmp_path):
    modules = {
        "CsvDataset": "csv",
        "FigureDataset": "figure",
        "FolderDataset": "folder",
        "ImageDataset": "image",
        "JsonDataset": "json",
        "ModelDataset": "model",
        "NpyDataset": "npy",
        "ParquetDataset": "parquet",
        "SkopsDataset": "skops",
        "SourceFolderDataset": "source_folder",
        "TextDataset": "text",
    }
    entries = {
        name: {
            "type": f"kizu.datasets.{module}.{name}",
            "filepath": str(tmp_path / name),
            "metadata": {"kizu": {"kind": "output"}},
        }
        for name, module in modules.items()
    }
    catalog = DataCatalog.from_config(entries)
    for name in modules:
        assert catalog.get(name).metadata == {"kizu": {"kind": "output"}}
        assert not catalog.exists(name)


class TestReplacing:
    """The one place where files are written."""

    def test_a_block_that_fails_leaves_the_old_content(self, tmp_path):
        path = tmp_path / "file"
        path.write_text("old")

        def write_half():
            with replacing(path) as temporary:
                temporary.write_text("half")
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            write_half()
        assert path.read_text() == "old"
        assert [entry.name for entry in tmp_path.iterdir()] == ["file"]

    def test_a_folder_replaces_a_folder_whole(self, tmp_path):
        path = tmp_path / "folder"
        path.mkdir()
        (path / "stale").touch()
        with replacing(path) as temporary:
            temporary.mkdir()
            (temporary / "new").touch()
            assert (path / "stale").exists()
        assert [entry.name for entry in path.iterdir()] == ["new"]
        assert [entry.name for entry in tmp_path.iterdir()] == ["folder"]

    def test_a_hard_link_into_a_cache_keeps_its_content(self, tmp_path):
        cached = tmp_path / "cached"
        cached.write_text("cached")
        path = tmp_path / "file"
        path.hardlink_to(cached)
        with replacing(path) as temporary:
            temporary.write_text("new")
        assert cached.read_text() == "cached"

    @pytest.mark.parametrize(
        ("number", "sentence"),
        [
            (errno.ENOSPC, "No space left to write .*file.*Free some space"),
            (errno.EDQUOT, "No space left"),
            (errno.EACCES, "No permission to write .*file.*right to write"),
            (errno.EROFS, "No permission"),
            (errno.EISDIR, "a folder stands where a file belongs"),
            (errno.EIO, "could not be written: .*Input/output"),
        ],
    )
    def test_operating_system_errors_are_sentences(self, tmp_path, number, sentence):
        def fail():
            with replacing(tmp_path / "file") as temporary:
                temporary.touch()
                raise OSError(number, os.strerror(number))

        with pytest.raises(DatasetError, match=sentence):
            fail()
        assert list(tmp_path.iterdir()) == []

    def test_a_folder_where_a_file_belongs_is_refused(self, tmp_path):
        path = tmp_path / "file"
        (path / "content").mkdir(parents=True)

        def write():
            with replacing(path) as temporary:
                temporary.touch()

        with pytest.raises(DatasetError, match="a folder stands where a file belongs"):
            write()
        assert (path / "content").is_dir()


@pytest.mark.parametrize("name", ["array.npy", "table.csv", "table.parquet", "model", "image.png"])
def test_a_full_disk_is_told_as_such(name, tmp_path):
    """A limit on the size of files stands in for a full disk: the same place, the same sentence."""
    resource = pytest.importorskip("resource")
    values = {
        "array.npy": lambda: np.zeros((1000, 1000)),
        "table.csv": lambda: pd.DataFrame({"x": np.random.default_rng(0).random(100_000)}),
        "table.parquet": lambda: pd.DataFrame({"x": np.random.default_rng(0).random(100_000)}),
        "model": lambda: {"config": {}, "tensors": {"w": np.zeros((1000, 1000))}},
        "image.png": lambda: np.random.default_rng(0).integers(0, 256, (999, 999), np.uint8),
    }
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(DatasetError, match="No space left to write"):
            SAMPLES[name][0](tmp_path / name).save(values[name]())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(tmp_path.iterdir()) == []
