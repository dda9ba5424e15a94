"""What has to be in order before a repro: each failure with a way out."""

import os
import shutil
from collections import namedtuple

import pytest

from kizu.lineage.errors import KizuError
from kizu.lineage.preflight import check_repository, check_room

OUTPUTS = ["data/01_raw/numbers.json"]


def complaint(check, *arguments) -> KizuError:
    with pytest.raises(KizuError) as raised:
        check(*arguments)
    return raised.value


def test_no_git_repository(toy):
    error = complaint(check_repository, toy.project)
    assert "not in a git repository" in error.message
    assert "git init" in error.way_out


def test_no_dvc(toy):
    toy.path(".git").mkdir()
    error = complaint(check_repository, toy.project)
    assert error.message == f"DVC is not set up in {toy.root}."
    assert error.way_out == "set it up: dvc init"


def test_a_folder_of_a_larger_repository_is_fine(toy):
    (toy.root.parent / ".git").mkdir()
    toy.path(".dvc").mkdir()
    check_repository(toy.project)
    check_room(toy.project, OUTPUTS)


def test_no_write_permission(toy, monkeypatch):
    toy.path(".dvc").mkdir()
    raw = toy.path("data/01_raw")
    raw.mkdir(parents=True)
    allowed = os.access
    # As root, which a test may run as, everything is writable.
    monkeypatch.setattr(os, "access", lambda path, mode: path != raw and allowed(path, mode))
    error = complaint(check_room, toy.project, OUTPUTS)
    assert error.message == f"{raw} cannot be written to."
    assert str(raw) in error.way_out


def test_a_full_disk(toy, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(1, 1, 5 * 2**20))
    toy.path(".dvc").mkdir()
    error = complaint(check_room, toy.project, OUTPUTS)
    assert "nearly full: 5 MiB are free, 200 MiB are needed to start." in error.message
    assert "dvc gc --workspace" in error.way_out
