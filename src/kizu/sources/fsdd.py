"""FSDD: 3,000 spoken digits, 8 kHz, of six speakers."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from kizu.sources.archives import read_archive
from kizu.sources.download import Download, MirrorCopy, fetch
from kizu.sources.files import Reject, SourceFile
from kizu.sources.origin import Origin, Source

_DOWNLOAD = Download(
    name="free-spoken-digit-dataset-1.0.10.zip",
    url="https://github.com/Jakobovski/free-spoken-digit-dataset/archive/refs/tags/v1.0.10.zip",
    hash="sha256:c680098f5d2355ba7cc4bd8b0ca9e0a24c00ebe3b4c552208889a4d28d4fbc2b",
    # The recordings alone, packed again.
    mirror=MirrorCopy(
        name="fsdd.tar.gz",
        hash="sha256:8a4b9094856b7e5090ec1ab3233452e255892c4bb35d27ddbc2222e72bdca756",
    ),
)
_RECORDING = re.compile(r"(?:[^/]+/)?recordings/((\d)_([a-z]+)_(\d+))\.wav")
_TEST_TAKES = 5


def open_fsdd() -> Source:
    """Return the Free Spoken Digit Dataset, version 1.0.10.

    An id names digit, speaker and take, such as ``7_jackson_32``. The first five takes of each
    digit and speaker are the test split, as its authors say.
    """
    origin = Origin(
        name="fsdd",
        title="Free Spoken Digit Dataset 1.0.10",
        address="https://github.com/Jakobovski/free-spoken-digit-dataset",
        license="CC BY-SA 4.0",
    )
    return Source(origin, read_recordings(read_archive(fetch(_DOWNLOAD).path)))


def read_recordings(
    items: Iterable[SourceFile | Reject],
) -> Iterator[SourceFile | Reject]:
    """Yield the recordings with their digit and split, and all rejects.

    The archive's programs and texts are no part of the data.
    """
    for item in items:
        if isinstance(item, Reject):
            yield item
        elif found := _RECORDING.fullmatch(item.path):
            name, digit, _, take = found.groups()
            split = "test" if int(take) < _TEST_TAKES else "train"
            yield replace(item, id=name, path=f"{digit}/{name}.wav", label=digit, split=split)
