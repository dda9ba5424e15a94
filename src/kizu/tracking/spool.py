"""Records on disk, from the moment a stage starts until MLflow has them.

``mlflow/spool/<record>/`` holds ``record.json``, copies of the artifacts, the live metrics of a
training and how much of all that MLflow has; ``mlflow/spool/sessions/`` the commands they belong
to. A file is replaced in one step, so a reader never sees half of one. The records of a session are
removed together, when MLflow has all of them.
"""

import hashlib
import json
import logging
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

from kizu.lineage.project import BASE
from kizu.tracking.location import sqlite_path
from kizu.tracking.records import Record, Session

logger = logging.getLogger(__name__)

_RECORD = "record.json"
_METRICS = "metrics.jsonl"
_PROGRESS = "progress.json"
_SESSIONS = "sessions"
_RECORDED = "recorded.json"

Item = TypeVar("Item", Record, Session)


@dataclass(frozen=True)
class Progress:
    """How much of a record a store has.

    Attributes:
        run: the id of its run; None before it is created.
        offset: how many bytes of the live metrics it has.
        complete: whether it has everything and the run is ended.
    """

    run: str | None = None
    offset: int = 0
    complete: bool = False


class Spool:
    """The spool of one project.

    Args:
        root: the project's absolute folder (see `kizu.tracking.sessions.tracking_root`).
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / "mlflow" / "spool"

    def record_folder(self, record: str) -> Path:
        """Return the folder of a record."""
        return self.folder / record

    def artifacts(self, record: str) -> Path:
        """Return the folder of copies of what a stage made to look at."""
        return self.folder / record / "artifacts"

    def metrics_file(self, record: str) -> Path:
        """Return the file of a record's live metrics, one JSON object a line."""
        return self.folder / record / _METRICS

    def write(self, record: Record) -> None:
        """Write a record, or replace it."""
        folder = self.record_folder(record.id)
        folder.mkdir(parents=True, exist_ok=True)
        write_json(folder / _RECORD, record.to_dict())

    def records(self) -> list[Record]:
        """Return all spooled records, oldest first. An unreadable one is named and left alone."""
        return _read_all(self.folder.glob(f"*/{_RECORD}"), Record.from_dict)

    def progress(self, record: str, uri: str) -> Progress:
        """Return how much of a record the store at ``uri`` has."""
        values = _read_json(self.record_folder(record) / _PROGRESS)
        return Progress(**values.get(_store_key(uri), {}))

    def write_progress(self, record: str, uri: str, progress: Progress) -> None:
        """Write down how much of a record the store at ``uri`` has."""
        path = self.record_folder(record) / _PROGRESS
        write_json(path, {**_read_json(path), _store_key(uri): asdict(progress)})

    def remove(self, record: str) -> None:
        """Forget a record: MLflow has it."""
        shutil.rmtree(self.record_folder(record), ignore_errors=True)

    def open_session(self, session: Session) -> bool:
        """Write a session down unless it is there; tell whether this call was the first."""
        return self._create(self._session_file(session.id), json.dumps(session.to_dict()))

    def sessions(self) -> list[Session]:
        """Return the sessions that are not closed yet, oldest first."""
        return _read_all((self.folder / _SESSIONS).glob("*.json"), Session.from_dict)

    def first_warning(self, session: str) -> bool:
        """Tell whether nobody has warned about MLflow in this session before this call."""
        return self._create(self._session_file(session).with_suffix(".warned"), "")

    def close_session(self, session: str) -> None:
        """Forget a session: MLflow has all of it."""
        for suffix in (".warned", ".json"):
            self._session_file(session).with_suffix(suffix).unlink(missing_ok=True)

    def recorded_locks(self, uri: str) -> dict[str | None, str]:
        """Return by profile the digest of the ``dvc.lock`` that the store has runs of."""
        database = sqlite_path(uri)
        if database is not None and not database.exists():
            return {}
        locks = _read_json(self.folder / _RECORDED).get(_store_key(uri), {})
        return {None if profile == BASE else profile: lock for profile, lock in locks.items()}

    def write_recorded_lock(self, uri: str, profile: str | None, digest: str) -> None:
        """Write down that the store has runs of this ``dvc.lock``."""
        locks = {**self.recorded_locks(uri), profile: digest}
        named = {profile or BASE: lock for profile, lock in locks.items()}
        write_json(self.folder / _RECORDED, {_store_key(uri): named})

    @contextmanager
    def locked(self, timeout: float) -> Iterator[None]:
        """Keep other processes from sending the same records meanwhile.

        The operating system lets go of the lock when its holder dies.

        Raises:
            TimeoutError: another process held it for ``timeout`` seconds.
        """
        import filelock

        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            with filelock.FileLock(self.folder / "sync.lock", timeout=timeout):
                yield
        except filelock.Timeout as error:
            message = f"another process has been sending runs for {timeout:.0f} s"
            raise TimeoutError(message) from error

    def _session_file(self, session: str) -> Path:
        return self.folder / _SESSIONS / f"{session}.json"

    @staticmethod
    def _create(path: Path, text: str) -> bool:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
        except FileExistsError:
            return False
        return True


def _store_key(uri: str) -> str:
    """Return a name for a store that gives away no password in its address."""
    return hashlib.sha256(uri.encode()).hexdigest()[:16]


def _read_json(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return {}


def _read_all(paths: Iterable[Path], parse: Callable[[dict[str, Any]], Item]) -> list[Item]:
    found = []
    for path in paths:
        try:
            text = path.read_text(encoding="utf-8")
        except FileNotFoundError:  # sent by another process just now
            continue
        if not text:  # created just now
            continue
        try:
            found.append(parse(json.loads(text)))
        except (ValueError, TypeError, KeyError) as error:
            logger.warning("%s cannot be read and is left where it is: %s", path, error)
    return sorted(found, key=lambda item: (item.started, item.id))


def write_json(path: Path, value: Any) -> None:
    """Write a JSON file in one step."""
    draft = path.with_suffix(f".{os.getpid()}.tmp")
    draft.write_text(json.dumps(value, indent=1), encoding="utf-8")
    draft.replace(path)
