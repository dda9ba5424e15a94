"""One broken or odd file, and what must become of it.

A module `<modality>_cases.py` in this folder is found by itself. It holds

- ``CASES``: a list of :class:`Case`;
- ``make_good(folder)``: writes one usable file whose name contains ``good``, which lies beside
  every case, so that a stage goes on;
- ``ingest(source, target)``: reads the folder ``source`` as the modality's stage does, writes only
  below the folder ``target`` (if at all), reads again what was accepted, as the next stage would,
  and returns the paths of the accepted files and a list of
  :class:`kizu.sources.files.Reject`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ACCEPTED = "accepted"


@dataclass(frozen=True)
class Case:
    """A file, or several, that a person might have.

    Attributes:
        name: of the case, in words.
        make: writes the files into an empty folder.
        outcome: :data:`ACCEPTED`, or a regular expression that a reject's reason must match; then
            no file is accepted but those with ``good`` in their path.
    """

    name: str
    make: Callable[[Path], object]
    outcome: str


def write(name: str, content: bytes | Callable[[], bytes]) -> Callable[[Path], object]:
    """Return a maker of one file; a content that takes time is made by a function, when needed."""
    return lambda folder: (folder / name).write_bytes(content() if callable(content) else content)
