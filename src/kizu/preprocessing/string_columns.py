"""Columns of many texts, of which only a few at a time are Python strings."""

import hashlib
from collections.abc import Iterable
from itertools import islice
from typing import Any

_CHUNK = 4096


def string_column(strings: Iterable[str]) -> Any:
    """Return strings as a pandas Series; they are taken one by one and packed by the thousand.

    Packed, an English text takes the bytes of its letters; as a Python string, up to four times
    that, and a list of words ten times.
    """
    import pyarrow as pa

    iterator = iter(strings)
    chunks = []
    while chunk := list(islice(iterator, _CHUNK)):
        chunks.append(pa.array(chunk, pa.large_string()))
    return pa.table({"": pa.chunked_array(chunks, pa.large_string())}).to_pandas()[""]


def text_hashes(texts: Iterable[str]) -> list[str]:
    """Return the SHA-256 of each text, in hexadecimal."""
    return [hashlib.sha256(text.encode()).hexdigest() for text in texts]
