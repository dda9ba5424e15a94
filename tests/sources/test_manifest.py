"""Collecting the files of a source."""

import hashlib
import os

import pytest

from kizu.sources.files import MadeFile, Reject, RejectedFileError, SourceFile
from kizu.sources.manifest import EmptySourceError, RejectShareError, collect, identify


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
            "split": "",
        }
        for name in ("a", "b")
    ]
    assert collection.rejects == [Reject("a", "is a pipe"), Reject("c", "is not good")]


def test_the_order_of_the_source_does_not_matter():
    items = [source_file("b"), source_file("c", b"bad"), Reject("a", "x"), source_file("d")]
    assert collect(items, inspect, 1) == collect(reversed(items), inspect, 1)


@pytest.mark.parametrize("bad", [1, 29, 58, 99])
def test_as_many_rejects_as_allowed_pass(bad):
    items = [source_file(f"{n:02d}", b"bad" if n < bad else b"good") for n in range(100)]
    assert len(collect(items, inspect, max_reject_share=bad / 100).rejects) == bad


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


def test_a_made_file_is_inspected_and_made_again_when_it_is_written():
    made = []

    def make():
        made.append(1)
        return b"good"

    collection = collect([MadeFile("a", "x/a", "label", make, "test")], inspect, 0)
    assert collection.manifest[0]["sha256"] == hashlib.sha256(b"good").hexdigest()
    assert collection.manifest[0]["split"] == "test"
    content = collection.contents["x/a"]
    assert callable(content)
    assert content() == b"good"
    assert len(made) == 2
