"""The encoding of a text is found, or the text is refused."""

import codecs
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kizu.sources.encodings import detect_encoding, open_text
from kizu.sources.files import RejectedFileError

JAPANESE = "検査員は表面の小さな傷をすぐに見つけた。"
WESTERN = "Die Oberfläche wurde – wie üblich – für “gut” befunden."


def read(content: bytes | Path) -> str:
    with open_text(content, detect_encoding(content), newline=None) as text:
        return text.read()


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        *((JAPANESE, name) for name in ("cp932", "euc_jp", "iso2022_jp", "utf-8-sig", "utf-32")),
        (WESTERN, "cp1252"),
        (JAPANESE * 5000, "cp932"),  # longer than a sample
        ("plain\n" * 200_000 + WESTERN, "cp1252"),  # ASCII for a megabyte
        (JAPANESE * 40_000, "utf-8"),  # characters across the pieces that are read
    ],
)
def test_what_was_written_is_read(text, encoding, tmp_path):
    content = text.encode(encoding)
    assert read(content) == text
    path = tmp_path / "a.txt"
    path.write_bytes(content)
    assert read(path) == text


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1))
def test_every_unicode_text_is_read(text):
    for mark, encoding in (
        (b"", "utf-8"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
    ):
        if mark or not text.startswith("\ufeff"):  # else the character itself is the mark
            assert read(mark + text.encode(encoding)) == text


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content):
    try:
        text = read(content)
    except RejectedFileError:
        return
    assert text or content.startswith(codecs.BOM_UTF8)
    assert text.isascii() or not content.isascii() or b"\x1b" in content


def test_a_file_that_cannot_be_opened_is_refused(tmp_path):
    with pytest.raises(RejectedFileError, match="cannot be read"):
        detect_encoding(tmp_path / "missing.txt")
