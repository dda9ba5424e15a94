"""Where MLflow keeps the runs, and whether it can be written to, without importing MLflow."""

import os
import socket
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from kizu.tracking.secrets import redact

VARIABLE = "MLFLOW_TRACKING_URI"

_SQLITE = "sqlite:///"
_SQLITE_HEADER = b"SQLite format 3\0"
_PORTS = {"http": 80, "https": 443, "postgresql": 5432, "mysql": 3306, "mssql": 1433}


def tracking_uri(root: Path, environment: Mapping[str, str] = os.environ) -> str:
    """Return the address of the store: ``MLFLOW_TRACKING_URI``, or SQLite in ``mlflow/``.

    SQLite's path is made absolute, relative to the project: MLflow would take it relative to the
    working directory, which is a temporary one under ``dvc exp run --temp``.

    Args:
        root: the project's absolute folder.
        environment: the variables that apply.
    """
    uri = environment.get(VARIABLE) or f"{_SQLITE}{root / 'mlflow' / 'mlflow.db'}"
    path = sqlite_path(uri)
    if path is None or path.is_absolute():
        return uri
    return f"{_SQLITE}{root}/{uri.removeprefix(_SQLITE)}"


def artifact_folder(root: Path) -> Path:
    """Return where artifacts lie when the store is a database rather than a server."""
    return root / "mlflow" / "artifacts"


def sqlite_path(uri: str) -> Path | None:
    """Return the file of a SQLite store; None for any other store."""
    name = uri.removeprefix(_SQLITE).partition("?")[0]
    # SQLite's own addresses (file:…?mode=ro) and databases in memory are left as they are.
    if not uri.startswith(_SQLITE) or name in ("", ":memory:") or name.startswith("file:"):
        return None
    return Path(name)


def is_server(uri: str) -> bool:
    """Tell whether the store is an MLflow server rather than a database we open ourselves."""
    return urlsplit(uri).scheme in ("http", "https")


def unreachable(uri: str, timeout: float = 2.0) -> str | None:
    """Tell in a sentence why runs cannot be written to the store now; None when they can.

    A quick look that spares the long retries of MLflow's client: does the server's port answer, is
    the database file ours to write. It cannot see everything, so a write may still fail.

    Args:
        uri: an absolute address (see `tracking_uri`).
        timeout: seconds to wait for a server.
    """
    path = sqlite_path(uri)
    if path is not None:
        return _unwritable(path)
    parts = urlsplit(uri)
    scheme = parts.scheme.partition("+")[0]
    if scheme == "file" or (scheme == "" and "/" in uri):
        return f"MLflow keeps no runs in plain folders any more ({uri}); name a database or server"
    if parts.hostname is None or scheme not in _PORTS:
        return None
    try:
        address = (parts.hostname, parts.port or _PORTS[scheme])
        socket.create_connection(address, timeout=timeout).close()
    except (OSError, ValueError) as error:
        return f"{redact(uri)} does not answer ({error})"
    return None


def _unwritable(path: Path) -> str | None:
    if path.exists():
        if not path.is_file():
            return f"{path} is not a file"
        if not os.access(path, os.R_OK | os.W_OK):
            return f"{path} is read-only"
        with path.open("rb") as file:
            if file.read(len(_SQLITE_HEADER)) not in (b"", _SQLITE_HEADER):
                return f"{path} is not a SQLite database"
    folder = next(parent for parent in path.parents if parent.exists())
    if not folder.is_dir():
        return f"{folder} is not a folder"
    if not os.access(folder, os.W_OK | os.X_OK):
        # SQLite writes its journal beside the database.
        return f"the folder {folder} is read-only"
    return None
