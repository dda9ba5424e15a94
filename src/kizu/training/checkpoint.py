"""Checkpoints on disk: written whole or not at all, checked when read, the last two kept."""

import hashlib
import io
import logging
import os
from pathlib import Path
from typing import Any

import torch

from kizu.training.errors import CheckpointError

logger = logging.getLogger(__name__)

KEPT = 2
DIGEST_BYTES = hashlib.sha256().digest_size


class CheckpointStore:
    """A folder of `step-<finished steps>.pt` files.

    A file is a SHA-256 digest and the bytes of `torch.save`. It is written beside its place,
    flushed to the disk and moved there, so that a killed process leaves the one before untouched;
    and read back only if its digest agrees, so that a damaged one is passed over for the one
    before. Only tensors and plain values are ever unpickled.
    """

    def __init__(self, folder: Path) -> None:
        """Open the folder, made if it does not exist.

        Raises:
            CheckpointError: It cannot be made or written to.
        """
        self.folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for leftover in folder.glob("*.tmp"):
                leftover.unlink()
            self._write(folder / "probe", b"")
            (folder / "probe").unlink()
        except OSError as error:
            raise _unwritable(folder, error) from error

    @property
    def latest(self) -> Path | None:
        """The newest checkpoint, damaged or not."""
        return next(iter(self._paths()), None)

    def save(self, step: int, state: dict[str, Any]) -> Path:
        """Write a checkpoint and drop the oldest.

        Raises:
            CheckpointError: The disk is full, or the folder not writable any more.
        """
        payload = io.BytesIO()
        torch.save(state, payload)
        content = payload.getbuffer()
        path = self.folder / f"step-{step:09d}.pt"
        try:
            self._write(path, hashlib.sha256(content).digest(), content)
            for old in self._paths()[KEPT:]:
                old.unlink()
        except OSError as error:
            raise _unwritable(path, error) from error
        return path

    def load(self) -> dict[str, Any] | None:
        """The newest state that is intact; None when there is none.

        A damaged checkpoint is reported as a warning and deleted.

        Raises:
            CheckpointError: A checkpoint cannot be read for want of permission.
        """
        for path in self._paths():
            try:
                content = path.read_bytes()
            except OSError as error:
                raise _unwritable(path, error) from error
            digest, payload = content[:DIGEST_BYTES], content[DIGEST_BYTES:]
            if hashlib.sha256(payload).digest() == digest:
                return torch.load(io.BytesIO(payload), map_location="cpu", weights_only=True)
            logger.warning("The checkpoint %s is damaged; going on from the one before.", path)
            path.unlink()
        return None

    def _paths(self) -> list[Path]:
        return sorted(self.folder.glob("step-*.pt"), reverse=True)

    @staticmethod
    def _write(path: Path, *parts: bytes | memoryview) -> None:
        temporary = path.with_name(f"{path.name}.tmp")
        with temporary.open("wb") as file:
            for part in parts:
                file.write(part)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        if os.name == "posix":  # the move itself is durable once the folder is flushed
            folder = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)


def _unwritable(path: Path, error: OSError) -> CheckpointError:
    return CheckpointError(
        f"Cannot keep a checkpoint at {path}: {error.strerror}.",
        "Free space on that disk or give write permission, then run the same command again.",
    )
