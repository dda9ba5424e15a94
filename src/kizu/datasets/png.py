"""What the two datasets that write PNG files share."""

from pathlib import Path

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_END = b"IEND\xaeB\x60\x82"


def read_png(path: Path) -> bytes:
    """Return the bytes of a PNG file, as a report or a tracker embeds them.

    Raises:
        ValueError: the file does not start or end as a PNG does.
    """
    content = path.read_bytes()
    if not content.startswith(_SIGNATURE):
        raise ValueError("it does not start as a PNG does")
    if not content.endswith(_END):
        raise ValueError("its end is missing")
    return content
