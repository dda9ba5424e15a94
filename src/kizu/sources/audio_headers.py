"""Does an audio file hold all that its header announces?

libsndfile plays a WAV, MP3 or OGG file that was cut short up to where it ends, and says nothing.
(A FLAC file's frames carry checksums and are counted; decoding finds what is missing.)
"""

import os
import struct
from pathlib import Path
from typing import IO

from kizu.sources.encodings import open_binary
from kizu.sources.files import RejectedFileError

# Written instead of a size by programs that stream: nothing is announced.
_UNKNOWN_SIZES = (0, 0xFFFFFFFF)
_PCM, _FLOAT = 1, 3
_MP3_START = 2**16
_MP3_HAS_FRAMES, _MP3_HAS_BYTES = 1, 2
_OGG_LONGEST_PAGE = 27 + 255 + 255 * 255
_OGG_LAST_PAGE = 4


def check_length(content: bytes | Path, container: str) -> None:
    """Compare what a file's header announces with what the file holds.

    Args:
        content: the file.
        container: libsndfile's name of the format.

    Raises:
        RejectedFileError: the file is cut short, or its header contradicts itself.
    """
    check = {"WAV": _check_wav, "WAVEX": _check_wav, "MP3": _check_mp3, "OGG": _check_ogg}.get(
        container
    )
    if check is not None:
        with open_binary(content) as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(0)
            check(file, size)


def _check_wav(file: IO[bytes], size: int) -> None:
    """Walk over the chunks of a RIFF file up to the samples."""
    position = 12
    while position + 8 <= size:
        file.seek(position)
        name, length = struct.unpack("<4sI", file.read(8))
        if name == b"fmt ":
            _check_format(file.read(16))
        if name == b"data":
            held = size - position - 8
            if length not in _UNKNOWN_SIZES and length > held:
                raise RejectedFileError(
                    f"is cut short: its header announces {length} bytes of samples, {held} follow"
                )
            return
        position += 8 + length + length % 2


def _check_format(fields: bytes) -> None:
    if len(fields) < 16:
        return
    encoding, channels, rate, bytes_a_second, bytes_a_frame, bits = struct.unpack("<HHIIHH", fields)
    if encoding not in (_PCM, _FLOAT):
        return
    if bytes_a_frame != channels * -(-bits // 8):
        raise RejectedFileError(
            f"has a header that contradicts itself: {channels} channels of {bits} bits, but "
            f"{bytes_a_frame} bytes for a sample of all channels"
        )
    if bytes_a_second != rate * bytes_a_frame:
        raise RejectedFileError(
            f"has a header that contradicts itself: {rate} samples a second of {bytes_a_frame} "
            f"bytes, but {bytes_a_second} bytes a second; its rate cannot be trusted"
        )


def _check_mp3(file: IO[bytes], size: int) -> None:
    """Compare the size with that of the Xing header, which encoders put into the first frame."""
    start = file.read(10)
    offset = 0
    if start[:3] == b"ID3":
        # Seven bits a byte, so that the size never looks like the start of a frame.
        offset = 10 + sum(
            byte << shift for byte, shift in zip(start[6:10], (21, 14, 7, 0), strict=True)
        )
    file.seek(offset)
    first = file.read(_MP3_START)
    places = [place for mark in (b"Xing", b"Info") if (place := first.find(mark)) >= 0]
    if not places or len(first) < min(places) + 16:
        return
    flags, *values = struct.unpack_from(">III", first, min(places) + 4)
    if not flags & _MP3_HAS_BYTES:
        return
    announced = values[1] if flags & _MP3_HAS_FRAMES else values[0]
    held = size - offset
    if announced > held:
        raise RejectedFileError(
            f"is cut short: its header announces {announced} bytes of sound, {held} follow"
        )


def _check_ogg(file: IO[bytes], size: int) -> None:
    """Look at the last page: it is whole, and says that it is the last."""
    file.seek(max(0, size - 2 * _OGG_LONGEST_PAGE))
    end = file.read()
    place = end.rfind(b"OggS")
    page = end[place:]
    if place < 0 or len(page) < 27:
        raise RejectedFileError("is cut short: it does not end with a page of sound")
    segments = page[26]
    length = 27 + segments + sum(page[27 : 27 + segments])
    if len(page) < length or not page[5] & _OGG_LAST_PAGE:
        raise RejectedFileError("is cut short: its last page is not the end of the sound")
