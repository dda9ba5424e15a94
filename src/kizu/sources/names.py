"""File names that every system, a table and a log can carry."""

import os
import re

from kizu.sources.files import RejectedFileError

_NAME_BYTES = 255  # what common file systems allow
# Control characters, what other systems forbid in names, the escape itself, and bytes that are no
# UTF-8 (which Python decodes to lone surrogates).
_UNSAFE = re.compile('[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff%\\\\:*?"<>|]')


def escape_name(name: str) -> str:
    """Return a name that a table, a log and other systems can carry.

    Letters of any script and spaces stay; control characters (a line feed, say), ``% \\ : * ? " <
    > |`` and bytes that are no UTF-8 become ``%XX``, as in a URL. Two names never become one.
    """
    return _UNSAFE.sub(
        lambda match: "".join(f"%{byte:02X}" for byte in os.fsencode(match[0])), name
    )


def portable_name(name: str) -> str:
    """Return :func:`escape_name` of a file's name, for a copy of the file.

    Raises:
        RejectedFileError: the result is longer than file systems allow.
    """
    portable = escape_name(name)
    if len(portable.encode()) > _NAME_BYTES:
        raise RejectedFileError(f"has a name of more than {_NAME_BYTES} bytes")
    return portable
