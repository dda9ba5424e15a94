"""Names that can be carried anywhere."""

import os
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kizu.sources.files import RejectedFileError
from kizu.sources.names import escape_name, portable_name


@pytest.mark.parametrize(
    ("name", "escaped"),
    [
        ("photo (1).png", "photo (1).png"),
        ("傷 é.png", "傷 é.png"),
        ("two\nlines\t.png", "two%0Alines%09.png"),
        ("100%.png", "100%25.png"),
        ('a:b*c?"<>|\\.png', "a%3Ab%2Ac%3F%22%3C%3E%7C%5C.png"),
        (os.fsdecode(b"latin-\xe9.png"), "latin-%E9.png"),
        ("\u2028.png", "%E2%80%A8.png"),
    ],
)
def test_escaped(name, escaped):
    assert escape_name(name) == escaped


@given(a=st.binary(min_size=1), b=st.binary(min_size=1))
def test_two_names_never_become_one(a, b):
    first, second = escape_name(os.fsdecode(a)), escape_name(os.fsdecode(b))
    assert (first == second) == (a == b)
    first.encode("utf-8")
    assert not set(first) & set('\n\r\0\\:*?"<>|')


def test_too_long_a_name_is_refused():
    assert portable_name("\n" * 85) == "%0A" * 85
    with pytest.raises(RejectedFileError, match="255 bytes"):
        portable_name("\n" * 86)


def test_plain_names_are_untouched():
    name = string.ascii_letters + string.digits + " -_.,;()[]{}'!@#$^&+=~`"
    assert portable_name(name) == name
