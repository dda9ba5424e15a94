"""``kizu ui``: MLflow's user interface on the recorded runs."""

import os
import socket
import sys
from pathlib import Path

from kizu.lineage.errors import KizuError
from kizu.tracking.location import artifact_folder, is_server, sqlite_path, tracking_uri
from kizu.tracking.secrets import redact
from kizu.tracking.store import SETTINGS, UI_FACE, UI_PORT
from kizu.tracking.sync import sync

HOST = "127.0.0.1"

_PORTS_TO_TRY = 50


def serve(root: Path, port: int | None = None) -> None:
    """Replace this process by MLflow's server on the project's store, after a sync.

    Args:
        root: the folder of the project that keeps the runs.
        port: where to listen; without one, 5000 or the next free port.

    Raises:
        KizuError: the port is taken, or there are no runs to show.
    """
    uri = tracking_uri(root)
    if is_server(uri):
        print(f"The runs are on a server: open {redact(uri)}")
        return
    report = sync(root)
    if report.problem:
        print(f"{report}\n", file=sys.stderr)
    database = sqlite_path(uri)
    if database is not None and not database.exists():
        raise KizuError("nothing is recorded yet.", "`kizu repro` runs the pipeline and records it")
    if port is None:
        port = free_port(UI_PORT)
    elif not is_free(port):
        raise KizuError(
            f"port {port} is taken by another program.",
            f"`kizu ui --port {free_port(port + 1)}`; that port is free",
        )
    address = f"http://{HOST}:{port}/#/experiments{UI_FACE}"
    print(f"MLflow opens at {address} (Ctrl+C ends it)", flush=True)
    command = [sys.executable, "-m", "mlflow", "server", "--host", HOST, "--port", str(port)]
    # The address may hold a password, which other users could read on a command line.
    environment = {
        **SETTINGS,
        "MLFLOW_WORKERS": "1",
        **os.environ,
        "MLFLOW_BACKEND_STORE_URI": uri,
        "MLFLOW_DEFAULT_ARTIFACT_ROOT": artifact_folder(root).as_uri(),
    }
    os.execve(sys.executable, command, environment)


def free_port(first: int) -> int:
    """Return the first free port from ``first`` on.

    Raises:
        KizuError: none of the next fifty is free.
    """
    for port in range(first, min(first + _PORTS_TO_TRY, 65536)):
        if is_free(port):
            return port
    raise KizuError(
        f"the ports {first} to {first + _PORTS_TO_TRY - 1} are all taken.", "name one: `--port`"
    )


def is_free(port: int) -> bool:
    """Tell whether nothing answers on a port of this machine."""
    try:
        socket.create_connection((HOST, port), timeout=1).close()
    except OSError:
        return True
    return False
