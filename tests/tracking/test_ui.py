import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kizu.lineage.errors import KizuError
from kizu.tracking.spool import Spool
from kizu.tracking.ui import free_port, is_free, serve

Started = list[tuple[list[str], dict[str, str]]]


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Started:
    """The command lines and environments of servers that would have been started."""
    calls: Started = []
    monkeypatch.setattr(
        os, "execve", lambda _, command, environment: calls.append((command, environment))
    )
    return calls


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which something listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with a database."""
    database = tmp_path / "mlflow" / "mlflow.db"
    database.parent.mkdir()
    database.touch()
    return tmp_path


def test_it_serves_the_projects_own_store(root: Path, started: Started) -> None:
    port = free_port(20_000)
    serve(root, port)
    ((command, environment),) = started
    assert command == [
        *(sys.executable, "-m", "mlflow", "server"),
        *("--host", "127.0.0.1", "--port", str(port)),
    ]
    assert environment["MLFLOW_BACKEND_STORE_URI"] == f"sqlite:///{root}/mlflow/mlflow.db"
    assert environment["MLFLOW_DEFAULT_ARTIFACT_ROOT"] == f"{root.as_uri()}/mlflow/artifacts"
    assert environment["MLFLOW_DISABLE_TELEMETRY"] == "true"


def test_the_address_is_printed(
    root: Path, started: Started, capsys: pytest.CaptureFixture[str]
) -> None:
    port = free_port(20_000)
    serve(root, port)
    assert f"http://127.0.0.1:{port}" in capsys.readouterr().out


def test_a_taken_port_is_refused_with_a_free_one(root: Path, started: Started, taken: int) -> None:
    with pytest.raises(KizuError, match=f"port {taken} is taken") as caught:
        serve(root, taken)
    free = int(caught.value.way_out.split()[3].rstrip("`;"))
    assert free > taken
    assert is_free(free)
    assert started == []


def test_without_a_port_the_next_free_one_is_used(
    root: Path, started: Started, taken: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kizu.tracking.ui.UI_PORT", taken)
    serve(root)
    assert int(started[0][0][-1]) > taken


def test_all_ports_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kizu.tracking.ui.is_free", lambda port: False)
    with pytest.raises(KizuError, match="5000 to 5049 are all taken"):
        free_port(5000)


def test_nothing_recorded_yet(tmp_path: Path, started: Started) -> None:
    with pytest.raises(KizuError, match="nothing is recorded yet") as caught:
        serve(tmp_path)
    assert "kizu repro" in caught.value.way_out


def test_a_server_elsewhere_is_named_without_its_password(
    root: Path,
    started: Started,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "https://me:hunter2@runs.example.org")
    serve(root)
    assert "https://***@runs.example.org" in capsys.readouterr().out
    assert started == []


@pytest.mark.slow
def test_the_ui_answers_and_ends_on_ctrl_c(
    spool: Spool, make_session: Callable[..., Any], make_record: Callable[..., Any], database: Path
) -> None:
    make_session()
    make_record("gan")
    port = free_port(26_000)
    command = [sys.executable, "-m", "kizu", "ui", "--port", str(port)]
    with subprocess.Popen(
        command, cwd=spool.root, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert f"http://127.0.0.1:{port}" in str(process.stdout and process.stdout.readline())
        address = f"http://127.0.0.1:{port}/api/2.0/mlflow/experiments/get-by-name"
        request = f"{address}?experiment_name=kizu"
        deadline = time.monotonic() + 120
        while True:
            try:
                with urllib.request.urlopen(request) as response:
                    assert json.load(response)["experiment"]["name"] == "kizu"
                break
            except urllib.error.URLError:
                assert time.monotonic() < deadline
                time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        process.wait(60)
    assert is_free(port)
