"""A short cut for plain JPEG and PNG files: one call into OpenCV, which other threads run beside.

Pillow decodes more kinds of files, and spends a third of its time in Python, where only one thread
can be. Both use libjpeg-turbo and deflate, and give the same values for the files that are plain
here: 8 bits, gray or RGB, nothing in them that turns, colors or makes transparent. All others, and
all damaged ones, are left to Pillow.
"""

import struct
from collections.abc import Iterator

import numpy as np

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_CHUNKS = {b"IHDR", b"IDAT", b"IEND", b"pHYs", b"sRGB", b"tIME"}
_PNG_COLORS = {0, 2}  # gray, RGB

_JPEG = b"\xff\xd8\xff\xe0"  # a JFIF header first: its colors are YCbCr or gray
_JPEG_FRAMES = {0xC0, 0xC1}  # of one scan: baseline, extended
_JPEG_TABLES = {0xDB, 0xC4, 0xE0, 0xFE}  # of coefficients and codes; JFIF, a comment
_JPEG_SCAN = 0xDA
_JPEG_END = b"\xff\xd9"

_MOST_PIXELS = 2**26


def decode_plain(content: bytes) -> np.ndarray | None:
    """Return the image of a plain file as a uint8 array (H, W, C); None for all other files.

    Args:
        content: of the file.

    Returns:
        C = 1 (gray) or 3 (RGB), as the file has it.
    """
    if not (_is_plain_jpeg(content) or _is_plain_png(content)):
        return None
    import cv2

    pixels = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None:
        return None
    if pixels.ndim == 2:
        return pixels[:, :, np.newaxis]
    return cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB, dst=pixels)


def _is_plain_png(content: bytes) -> bool:
    if content[:8] != _PNG or len(content) < 33:
        return False
    width, height, depth, color = struct.unpack(">IIBB", content[16:26])
    if depth != 8 or color not in _PNG_COLORS or width * height > _MOST_PIXELS:
        return False
    return all(kind in _PNG_CHUNKS for kind in _chunks(content))


def _chunks(content: bytes) -> Iterator[bytes]:
    """Yield the kinds of a PNG's chunks; the last one is empty where the file is cut short."""
    position = len(_PNG)
    kind = b""
    while kind != b"IEND":
        length = content[position : position + 4]
        kind = content[position + 4 : position + 8]
        yield kind
        position += 12 + int.from_bytes(length, "big")


def _is_plain_jpeg(content: bytes) -> bool:
    if content[:4] != _JPEG or content[6:11] != b"JFIF\0" or content[-2:] != _JPEG_END:
        return False
    framed = False
    position = 2
    while position + 10 <= len(content) and content[position] == 0xFF:
        marker = content[position + 1]
        following = position + 2 + int.from_bytes(content[position + 2 : position + 4], "big")
        if marker == _JPEG_SCAN:
            return framed and _is_whole_scan(content[following:-2])
        if marker in _JPEG_FRAMES:
            depth, height, width, channels = struct.unpack(
                ">BHHB", content[position + 4 : position + 10]
            )
            framed = depth == 8 and channels in (1, 3) and 0 < width * height <= _MOST_PIXELS
        elif marker not in _JPEG_TABLES:
            return False
        position = following
    return False


def _is_whole_scan(content: bytes) -> bool:
    """Say whether no marker is in the pixels: OpenCV passes over one that damage put there."""
    return content.count(b"\xff") == content.count(b"\xff\0")
