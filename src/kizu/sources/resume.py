"""A download that goes on where it stopped."""

import logging
import time
from pathlib import Path
from typing import Any

_ATTEMPTS = 5  # in a row that bring nothing
_PAUSE_SECONDS = 1.0  # before the second attempt; doubled before each further one
_TIMEOUT_SECONDS = (10, 30)  # to connect; between two pieces
_PIECE_BYTES = 2**18
_PARTIAL, _RANGE_NOT_SATISFIABLE = 206, 416
_TEMPORARY = {408, 425, 429, 500, 502, 503, 504}

logger = logging.getLogger(__name__)


class TransferError(RuntimeError):
    """A file could not be transferred; the message is the reason, to stand after a colon."""


class ResumingDownloader:
    """A downloader for :func:`pooch.retrieve` that keeps what has come in ``part``.

    The next call asks the server for the rest only (RFC 9110, section 14: ``Range``), and, by
    ``If-Range``, for the whole if the file has changed since. A server that cannot do so sends
    the whole. A broken connection is taken up again at once, a few times.

    Attributes:
        part: the unfinished file; beside it lies what the server said identifies this version.
        resumed: whether the last call went on with an earlier part.
    """

    def __init__(self, part: Path) -> None:
        self.part = part
        self.resumed = False
        self._version = part.with_name(f"{part.name}.version")

    def __call__(self, url: str, output_file: str, _pooch: Any) -> None:
        """Download ``url`` to ``output_file``.

        Raises:
            TransferError: the server does not answer, or has no such file. What has come is kept.
        """
        import requests
        from urllib3.exceptions import HTTPError

        self.resumed = self._received() > 0
        attempt = 1
        while True:
            before = self._received()
            try:
                self._transfer(url)
                break
            except (requests.RequestException, HTTPError) as error:
                attempt = 1 if self._received() > before else attempt + 1
                if attempt > _ATTEMPTS:
                    raise TransferError(_reason(error)) from error
                logger.warning("%s: %s; trying again.", url, _reason(error))
                time.sleep(_PAUSE_SECONDS * 2 ** (attempt - 1))
        self.part.replace(output_file)
        self._version.unlink(missing_ok=True)

    def _received(self) -> int:
        return self.part.stat().st_size if self.part.exists() else 0

    def _transfer(self, url: str) -> None:
        """Receive what is missing; returns when all of the file is there."""
        import requests

        received = self._received()
        # Not compressed on the way: the bytes are counted, and hashed, as they lie at the server.
        headers = {"Accept-Encoding": "identity"}
        if received:
            headers["Range"] = f"bytes={received}-"
            if self._version.exists():
                headers["If-Range"] = self._version.read_text("latin-1")
        with requests.get(url, headers=headers, stream=True, timeout=_TIMEOUT_SECONDS) as response:
            if response.status_code == _RANGE_NOT_SATISFIABLE and received:
                if response.headers.get("Content-Range") == f"bytes */{received}":
                    return  # all of it had come
                self.part.unlink()
                raise requests.RequestException("the file is shorter than what has come")
            _check_status(response)
            goes_on = response.status_code == _PARTIAL
            if goes_on and not _starts_at(response, received):
                self.part.unlink()
                raise requests.RequestException("the server sent another part than asked for")
            if not goes_on:
                received = 0
                self._remember_version(response)
            self._write(response, received)

    def _write(self, response: Any, received: int) -> None:
        from tqdm import tqdm

        length = response.headers.get("Content-Length", "")
        with (
            self.part.open("ab" if received else "wb") as file,
            tqdm(
                desc=response.url.rpartition("/")[2],
                total=received + int(length) if length.isdigit() else None,
                initial=received,
                unit="B",
                unit_scale=True,
                disable=None,  # where nobody watches
            ) as bar,
        ):
            for piece in response.raw.stream(_PIECE_BYTES, decode_content=False):
                file.write(piece)
                bar.update(len(piece))

    def _remember_version(self, response: Any) -> None:
        tag = response.headers.get("ETag", "")
        # A weak tag does not promise equal bytes: If-Range must not carry one.
        version = tag if tag.startswith('"') else response.headers.get("Last-Modified", "")
        if version:
            self._version.write_text(version, "latin-1")
        else:
            self._version.unlink(missing_ok=True)


def _check_status(response: Any) -> None:
    import requests

    if response.status_code in _TEMPORARY:
        raise requests.RequestException(f"the server answers {response.status_code}")
    if not response.ok:
        raise TransferError(f"the server answers {response.status_code} ({response.reason})")


def _starts_at(response: Any, position: int) -> bool:
    return str(response.headers.get("Content-Range", "")).startswith(f"bytes {position}-")


def _reason(error: Exception) -> str:
    """Return the innermost cause: the layers around it only repeat each other."""
    from urllib3.exceptions import IncompleteRead

    cause: BaseException = error
    while cause.__context__ is not None and not isinstance(cause, IncompleteRead):
        cause = cause.__context__
    if isinstance(cause, IncompleteRead):
        return f"the connection broke off, {cause.expected} bytes before the end"
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror
    return str(cause) or type(cause).__name__
