"""Collecting the files of a source."""

import hashlib
import os
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kizu.sources.files import (
    EmptySourceError,
    Reject,
    RejectedFileError,
    RejectShareError,
    SourceFile,
    collect,
    escape_name,
    identify,
    portable_name,
)


def source_file(name: str, content: bytes = b"good") -> SourceFile:
    return SourceFile(name.upper(), name, "label", content)


def inspect(file: SourceFile) -> dict[str, int]:
    if file.content != b"good":
        raise RejectedFileError("is not good")
    return {"width": 3}


def test_every_file_is_in_the_manifest_or_in_the_rejects():
    items = [source_file("b"), source_file("c", b"bad"), Reject("a", "is a pipe"), source_file("a")]
    collection = collect(items, inspect, max_reject_share=0.5)
    assert dict(collection.contents) == {"a": b"good", "b": b"good"}
    assert list(collection.contents) == ["a", "b"]
    assert collection.manifest == [
        {
            "id": name.upper(),
            "path": name,
            "sha256": hashlib.sha256(b"good").hexdigest(),
            "size_bytes": 4,
            "width": 3,
            "label": "label",
        }
        for name in ("a", "b")
    ]
    assert collection.rejects == [Reject("a", "is a pipe"), Reject("c", "is not good")]


def test_the_order_of_the_source_does_not_matter():
    items = [source_file("b"), source_file("c", b"bad"), Reject("a", "x"), source_file("d")]
    assert collect(items, inspect, 1) == collect(reversed(items), inspect, 1)


def test_as_many_rejects_as_allowed_pass():
    collect([source_file("a"), source_file("b", b"bad")], inspect, max_reject_share=0.5)


def test_more_rejects_than_allowed_fail_with_share_limit_and_files():
    items = [source_file(f"{n:02d}", b"bad") for n in range(12)]
    items += [source_file(f"good-{n}") for n in range(18)]
    with pytest.raises(RejectShareError) as error:
        collect(items, inspect, max_reject_share=0.1)
    message = str(error.value)
    assert "12 of 30 files cannot be used (40.0%); max_reject_share allows 10.0%" in message
    assert "  00: is not good\n" in message
    assert "  09: is not good\n" in message
    assert "  10:" not in message
    assert message.endswith("  and 2 more")


def test_a_source_without_a_usable_file_fails_whatever_is_allowed():
    with pytest.raises(RejectShareError, match="1 of 1 files"):
        collect([source_file("a", b"bad")], inspect, max_reject_share=1)


def test_an_empty_source_fails():
    with pytest.raises(EmptySourceError):
        collect([], inspect, max_reject_share=1)


def test_a_file_is_identified_as_its_bytes_are(tmp_path):
    content = os.urandom(300_000)
    (tmp_path / "file").write_bytes(content)
    assert identify(tmp_path / "file") == identify(content)
    assert identify(content) == {
        "sha256": hashlib.sha256(content).hexdigest(),
        "size_bytes": 300_000,
    }


def test_a_file_that_vanished_is_refused(tmp_path):
    with pytest.raises(RejectedFileError, match="cannot be read"):
        identify(tmp_path / "gone")


class TestNames:
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
    def test_escaped(self, name, escaped):
        assert escape_name(name) == escaped

    @given(a=st.binary(min_size=1), b=st.binary(min_size=1))
    def test_two_names_never_become_one(self, a, b):
        first, second = escape_name(os.fsdecode(a)), escape_name(os.fsdecode(b))
        assert (first == second) == (a == b)
        first.encode("utf-8")
        assert not set(first) & set('\n\r\0\\:*?"<>|')

    def test_too_long_a_name_is_refused(self):
        assert portable_name("\n" * 85) == "%0A" * 85
        with pytest.raises(RejectedFileError, match="255 bytes"):
            portable_name("\n" * 86)

    def test_plain_names_are_untouched(self):
        name = string.ascii_letters + string.digits + " -_.,;()[]{}'!@#$^&+=~`"
        assert portable_name(name) == name
