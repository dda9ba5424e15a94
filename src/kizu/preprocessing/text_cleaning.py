"""Steps on the text of a document, before it is cut into tokens."""

import re
import unicodedata
from functools import partial
from html import unescape
from typing import Annotated, Literal

from pydantic import BeforeValidator

from kizu.preprocessing.steps import Step, parse_steps

NumberMode = Literal["replace", "digits", "remove"]
NUMBER = "<number>"

# Digits with signs, separators and exponents between them, but not those of a word (`x86`, `5mm`).
_NUMBER = re.compile(r"(?<![\w.])[+-]?\d++(?:[.,]\d++)*+(?:[eE][+-]?\d++)?+(?!\w)")
_DIGIT = re.compile(r"\d")
# Marked, or so long that a word with a digit in it is unlikely.
_HEXADECIMAL = re.compile(
    r"\b0x[0-9a-f]+\b | \b(?=[a-f]*\d)[0-9a-f]{6,}\b", re.IGNORECASE | re.VERBOSE
)
_SPACES = re.compile(r"\s+")
# A quoted attribute may hold any sign. What does not close its tag before another begins is none.
_MARKUP = re.compile(
    r"""<!--.*?(?:-->|\Z)                                     # a comment
    | <(script|style|template)\b[^<>]*+>.*?(?:</\1\s*>|\Z)   # what is not shown
    | </?[a-z](?:[^<>"']++|"[^"]*+"|'[^']*+')*+>             # a tag
    | <[!?][^<>]*+>                                          # a declaration
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)


def strip_html(text: str) -> str:
    """Return the text of HTML: each tag becomes a space, entities become their characters.

    ``end.<br />Start`` becomes ``end. Start``: without the space, two words would become one. What
    scripts, styles and comments hold is no text and goes, to the end where they are not closed, as
    in a browser. A ``<`` that begins no tag stays. The time taken grows with the length of the
    text only: parsers take its square for some broken markup, and fail on other.
    """
    return unescape(_MARKUP.sub(" ", text))


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


def hexadecimals(text: str) -> str:
    """Return the text with each hexadecimal number as ``<number>``: addresses, masks, registers.

    They are told by ``0x`` before them, or by at least six digits of which one is decimal, so that
    long decimal numbers are taken as well. It comes before `numbers`, which leaves their letters.
    """
    return _HEXADECIMAL.sub(f" {NUMBER} ", text)


def collapse_spaces(text: str) -> str:
    """Return the text with every run of white space as one space, and none at its ends."""
    return _SPACES.sub(" ", text).strip()


TEXT_STEPS = {
    "strip_html": strip_html,
    "normalize_unicode": normalize_unicode,
    "lowercase": lowercase,
    "hexadecimals": hexadecimals,
    "numbers": numbers,
    "collapse_spaces": collapse_spaces,
}

TextSteps = Annotated[tuple[Step, ...], BeforeValidator(partial(parse_steps, functions=TEXT_STEPS))]
"""A list of these steps in the parameters."""
