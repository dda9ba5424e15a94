"""Steps on the text of a document, before it is cut into tokens."""

import re
import unicodedata
from typing import Literal

NumberMode = Literal["replace", "digits", "remove"]
NUMBER = "<number>"

# Digits with signs, separators and exponents between them, but not those of a word (`x86`, `5mm`).
_NUMBER = re.compile(r"(?<![\w.])[+-]?\d++(?:[.,]\d++)*+(?:[eE][+-]?\d++)?+(?!\w)")
_DIGIT = re.compile(r"\d")
_SPACES = re.compile(r"\s+")


def strip_html(text: str) -> str:
    """Return the text of HTML: each tag becomes a space, entities become their characters.

    ``end.<br />Start`` becomes ``end. Start``: without the space, two words would become one. What
    scripts, styles and comments hold is no text and goes. A ``<`` that begins no tag stays.
    """
    from html import unescape

    from bs4 import BeautifulSoup

    if "<" not in text:  # most documents; a parser would take a hundred times as long
        return unescape(text)
    return BeautifulSoup(text, "html.parser").get_text(" ")


def normalize_unicode(text: str, *, form: Literal["NFC", "NFKC"] = "NFKC") -> str:
    """Return the text in a normal form of Unicode (Standard Annex #15).

    NFKC makes one of what looks alike: full-width letters and digits become ASCII, half-width
    katakana full-width, ``㎜`` becomes ``mm``, an accent joins its letter. NFC does the last only.
    """
    return unicodedata.normalize(form, text)


def lowercase(text: str) -> str:
    """Return the text in lower case, as Unicode has it."""
    return text.lower()


def numbers(text: str, *, mode: NumberMode) -> str:
    """Return the text with its numbers made alike; to keep them, leave the step out.

    Args:
        text: of a document.
        mode: ``replace``: each becomes ``<number>``; ``digits``: each digit becomes 0, which keeps
            how large a number is (2950 and 3010 become 0000, 12400 becomes 00000); ``remove``:
            each goes. ``digits`` changes digits within words too (``T4``), the others do not.
    """
    if mode == "digits":
        return _DIGIT.sub("0", text)
    return _NUMBER.sub(NUMBER if mode == "replace" else " ", text)


def collapse_spaces(text: str) -> str:
    """Return the text with every run of white space as one space, and none at its ends."""
    return _SPACES.sub(" ", text).strip()


TEXT_STEPS = {
    "strip_html": strip_html,
    "normalize_unicode": normalize_unicode,
    "lowercase": lowercase,
    "numbers": numbers,
    "collapse_spaces": collapse_spaces,
}
