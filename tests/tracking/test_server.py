"""The team's server of mlflow/server.env, and records sent to it."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from kizu.tracking.location import unreachable
from kizu.tracking.spool import Spool
from kizu.tracking.sync import sync
from kizu.tracking.ui import free_port

pytestmark = pytest.mark.slow

Make = Callable[..., Any]
SETTINGS = Path(__file__).parents[2] / "mlflow" / "server.env"


class Server(NamedTuple):
    """A running server.

    Attributes:
        uri: its address.
        data: its folder.
        stop: ends it.
    """

    uri: str
    data: Path
    stop: Callable[[], None]


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server as the README says to start it."""
    data, port = tmp_path / "server data", free_port(25_000)
    data.mkdir()
    variables = {
        **os.environ,
        "MLFLOW_DATA": str(data),
        "MLFLOW_PORT": str(port),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    command = f'set -a && . "{SETTINGS}" && exec mlflow server'
    with subprocess.Popen(
        ["/bin/sh", "-c", command],
        cwd=tmp_path,
        env=variables,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        uri = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + 120
        while unreachable(uri):
            assert time.monotonic() < deadline
            time.sleep(0.5)

        def stop() -> None:
            process.terminate()
            process.wait(30)

        monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
        monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "60")
        yield Server(uri, data, stop)
        stop()


def test_records_reach_the_server_and_wait_when_it_is_gone(
    server: Server, spool: Spool, make_session: Make, make_record: Make
) -> None:
    from mlflow import MlflowClient

    make_session()
    record = make_record("gan", metrics={"fid": 3.5}, artifacts=["figures/samples.png"])
    figure = spool.artifacts(record.id) / "figures" / "samples.png"
    figure.parent.mkdir(parents=True)
    figure.write_bytes(b"png")
    report = sync(spool.root)
    assert (report.sent, report.problem) == (1, None)
    assert report.parents[0].startswith(f"{server.uri}/#/experiments/")
    client = MlflowClient(tracking_uri=server.uri)
    experiment = client.get_experiment_by_name("kizu")
    parent, child = client.search_runs(
        [experiment.experiment_id], order_by=["attributes.start_time"]
    )
    assert child.data.tags["mlflow.parentRunId"] == parent.info.run_id
    assert child.data.metrics == {"fid": 3.5}
    assert list((server.data / "artifacts").rglob("samples.png"))
    assert not (spool.root / "mlflow" / "mlflow.db").exists()

    server.stop()
    later = make_record("images", id="later")
    report = sync(spool.root)
    assert "does not answer" in str(report.problem)
    assert spool.records() == [later]
