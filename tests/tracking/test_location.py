import os
import socket
from pathlib import Path

import pytest

from kizu.tracking.location import is_server, sqlite_path, tracking_uri, unreachable


def test_the_default_is_an_absolute_database_in_the_project() -> None:
    assert tracking_uri(Path("/project"), {}) == "sqlite:////project/mlflow/mlflow.db"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("http://server:5000", "http://server:5000"),
        ("postgresql://u@h/db", "postgresql://u@h/db"),
        ("sqlite:////elsewhere/runs.db", "sqlite:////elsewhere/runs.db"),
        ("sqlite:///runs.db", "sqlite:////project/runs.db"),
        ("sqlite:///runs.db?timeout=30", "sqlite:////project/runs.db?timeout=30"),
        ("sqlite:///file:runs.db?mode=ro&uri=true", "sqlite:///file:runs.db?mode=ro&uri=true"),
    ],
)
def test_the_variable_overrides_and_is_made_absolute(given: str, expected: str) -> None:
    assert tracking_uri(Path("/project"), {"MLFLOW_TRACKING_URI": given}) == expected


def test_kinds_of_stores() -> None:
    assert is_server("https://server")
    assert not is_server("sqlite:////a.db")
    assert sqlite_path("sqlite:////a b.db?timeout=30") == Path("/a b.db")
    assert sqlite_path("sqlite:///file:a.db?uri=true") is None
    assert sqlite_path("https://server") is None


def test_a_server_that_is_down_is_named_without_its_password() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    problem = unreachable(f"http://me:hunter2@127.0.0.1:{port}")
    assert f"http://***@127.0.0.1:{port} does not answer" in str(problem)
    assert "hunter2" not in str(problem)


def test_a_server_that_answers_is_reachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert unreachable(f"http://127.0.0.1:{server.getsockname()[1]}") is None


def test_a_new_database_can_be_made_in_folders_that_are_not_there_yet(tmp_path: Path) -> None:
    assert unreachable(f"sqlite:///{tmp_path}/mlflow/mlflow.db") is None


def test_what_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("text that is long enough to tell")
    assert "not a SQLite database" in str(unreachable(f"sqlite:///{tmp_path}/file"))
    assert "not a folder" in str(unreachable(f"sqlite:///{tmp_path}/file/runs.db"))
    assert "not a file" in str(unreachable(f"sqlite:///{tmp_path}"))


def test_a_read_only_database_or_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "runs.db").touch()
    # Permissions mean nothing to a test that runs as root.
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path).suffix == ".db")
    assert f"the folder {tmp_path} is read-only" in str(
        unreachable(f"sqlite:///{tmp_path}/runs.db")
    )
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert "runs.db is read-only" in str(unreachable(f"sqlite:///{tmp_path}/runs.db"))


@pytest.mark.parametrize("uri", ["file:///tmp/runs", "/tmp/runs", "./mlruns"])
def test_plain_folders_keep_no_runs(uri: str) -> None:
    assert "plain folders" in str(unreachable(uri))


def test_what_cannot_be_judged_is_tried() -> None:
    assert unreachable("databricks") is None
