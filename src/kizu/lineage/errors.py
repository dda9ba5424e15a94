"""The one error type that users are meant to read, and a guess at what they meant."""

from collections.abc import Iterable
from difflib import get_close_matches

import click


class KizuError(click.ClickException):
    """A failure that the user can act on: a sentence, and a way out of it.

    It derives from click's exception so that both command lines, ``kizu`` and ``kedro``, print
    the sentence instead of a traceback and exit with code 1.

    Args:
        message: what is wrong, naming the file, the key and the value where there are any.
        way_out: what to do about it; a command where one helps.
    """

    def __init__(self, message: str, way_out: str = "") -> None:
        super().__init__(message)
        self.way_out = way_out

    def __str__(self) -> str:
        return f"{self.message}\n  -> {self.way_out}" if self.way_out else self.message

    def format_message(self) -> str:
        """Return the sentence and the way out, as click prints them after ``Error:``."""
        return str(self)


def guess(name: str, known: Iterable[str]) -> str:
    """Return the question whether the closest known name was meant, or nothing if none is close.

    Args:
        name: that is not known.
        known: the names that are.

    Returns:
        ``"did you mean 'gan'? "``, to be put before what is allowed; or an empty text.
    """
    close = get_close_matches(name, known, n=1)
    return f"did you mean '{close[0]}'? " if close else ""
