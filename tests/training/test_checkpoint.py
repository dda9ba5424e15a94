import errno
import logging
import os
import pickle

import pytest
import torch

from kizu.training.checkpoint import CheckpointStore
from kizu.training.errors import CheckpointError


def names(store: CheckpointStore) -> list[str]:
    return sorted(path.name for path in store.folder.iterdir())


@pytest.fixture
def store(tmp_path) -> CheckpointStore:
    return CheckpointStore(tmp_path / "not" / "there" / "yet")


def test_the_last_two_are_kept_and_the_newest_is_loaded(store):
    assert store.load() is None
    assert store.latest is None
    for step in (5, 10, 100):
        store.save(step, {"step": step, "weights": torch.arange(step)})
    assert names(store) == ["step-000000010.pt", "step-000000100.pt"]
    loaded = store.load()
    assert loaded["step"] == 100
    assert torch.equal(loaded["weights"], torch.arange(100))


@pytest.mark.parametrize("damage", ["truncate", "flip", "empty"])
def test_a_damaged_checkpoint_gives_way_to_the_one_before(store, damage, caplog):
    store.save(1, {"step": 1})
    path = store.save(2, {"step": 2})
    content = bytearray(path.read_bytes())
    if damage == "flip":
        content[len(content) // 2] ^= 1
    path.write_bytes({"truncate": content[:-9], "flip": content, "empty": b""}[damage])
    with caplog.at_level(logging.WARNING):
        assert store.load()["step"] == 1
    assert str(path) in caplog.text
    assert store.latest == store.folder / "step-000000001.pt"


def test_all_damaged_means_from_the_beginning(store):
    for step in (1, 2):
        store.save(step, {"step": step}).write_bytes(b"not a checkpoint")
    assert store.load() is None
    assert names(store) == []


def full(file: int) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_is_named_and_leaves_the_last_checkpoint_whole(store, monkeypatch):
    store.save(1, {"step": 1})
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(CheckpointError, match="No space left on device") as caught:
            store.save(2, {"step": 2})
    assert str(store.folder / "step-000000002.pt") in caught.value.message
    assert "Free space" in caught.value.way_out
    assert CheckpointStore(store.folder).load() == {"step": 1}
    assert names(store) == ["step-000000001.pt"], "the half-written file is cleared away"


def test_a_folder_that_cannot_be_written_to_fails_at_once(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CheckpointError, match="Not a directory"):
        CheckpointStore(tmp_path / "file" / "checkpoints")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_no_permission_is_named(tmp_path):
    (tmp_path / "checkpoints").mkdir(mode=0o500)
    with pytest.raises(CheckpointError, match="Permission denied") as caught:
        CheckpointStore(tmp_path / "checkpoints")
    assert str(tmp_path / "checkpoints") in str(caught.value)


def test_a_checkpoint_runs_no_code_when_it_is_loaded(store):
    store.save(1, {"step": os.system})
    with pytest.raises(pickle.UnpicklingError, match="system"):
        store.load()
