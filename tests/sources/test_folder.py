"""The files of a user's folder."""

import os
from pathlib import Path

import pytest

from kizu.sources.files import Reject, SourceFile
from kizu.sources.folder import read_folder


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    return folder


def put(path: Path, content: bytes = b"x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def reasons(root: Path) -> dict[str, str]:
    return {item.file: item.reason for item in read_folder(root) if isinstance(item, Reject)}


def test_the_label_is_the_folder_that_a_file_lies_in(root):
    files = [put(root / name) for name in ("cats/1.png", "deep/er/dogs/1.png", "loose.png")]
    found = {item.path: item for item in read_folder(root)}
    assert found == {
        "cats/1.png": SourceFile("cats/1.png", "cats/1.png", "cats", files[0]),
        "deep/er/dogs/1.png": SourceFile(
            "deep/er/dogs/1.png", "deep/er/dogs/1.png", "dogs", files[1]
        ),
        "loose.png": SourceFile("loose.png", "loose.png", "photos", files[2]),
    }


def test_odd_names_become_portable_and_stay_readable(root):
    put(root / "two\nlines" / "傷 (1).png")
    odd = root / os.fsdecode(b"latin-\xe9.png")
    try:
        put(odd)
    except OSError:
        pytest.skip("this file system wants UTF-8")
    found = {item.path: item for item in read_folder(root)}
    assert set(found) == {"two%0Alines/傷 (1).png", "latin-%E9.png"}
    assert found["two%0Alines/傷 (1).png"].label == "two%0Alines"
    assert all(item.content.read_bytes() == b"x" for item in found.values())


def test_the_order_is_that_of_the_names(root):
    for name in ("b/2", "b/10", "a/x", "c", "B/1"):
        put(root / name)
    assert [item.path for item in read_folder(root)] == [item.path for item in read_folder(root)]
    assert [item.path for item in read_folder(root / "b")] == ["10", "2"]


def test_what_begins_with_a_dot_is_skipped_and_counted(root, caplog):
    put(root / "cats" / "1.png")
    for name in (".DS_Store", "cats/.gitkeep", "cats/._1.png", ".git/config", ".git/objects/a.png"):
        put(root / name)
    (root / ".away").symlink_to(root, target_is_directory=True)
    with caplog.at_level("INFO", logger="kizu.sources.folder"):
        assert [item.path for item in read_folder(root)] == ["cats/1.png"]
    assert caplog.messages == [f"{root}: skipped 5 files and folders that begin with a dot."]


def test_a_hidden_folder_that_is_asked_for_is_read(tmp_path, caplog):
    put(tmp_path / ".photos" / "1.png")
    with caplog.at_level("INFO", logger="kizu.sources.folder"):
        assert [item.path for item in read_folder(tmp_path / ".photos")] == ["1.png"]
    assert caplog.messages == []


def test_a_link_inside_the_folder_is_a_file(root):
    put(root / "a" / "1.png")
    (root / "b").mkdir()
    (root / "b" / "2.png").symlink_to(root / "a" / "1.png")
    assert {item.path: item.label for item in read_folder(root)} == {"a/1.png": "a", "b/2.png": "b"}


def test_what_is_no_file_of_the_folder_is_refused(root, tmp_path):
    secret = put(tmp_path / "secret.png")
    put(root / "a" / "good.png")
    (root / "out.png").symlink_to(secret)
    (root / "nowhere.png").symlink_to(root / "gone.png")
    (root / "circle.png").symlink_to(root / "circle.png")
    (root / "loop").symlink_to(root, target_is_directory=True)
    (root / "away").symlink_to(tmp_path, target_is_directory=True)
    os.mkfifo(root / "pipe.png")
    assert reasons(root) == {
        "away": "is a link that leads out of the source folder",
        "circle.png": "is a link that leads nowhere",
        "loop": "is a link to a folder; links to folders are not followed",
        "nowhere.png": "is a link that leads nowhere",
        "out.png": "is a link that leads out of the source folder",
        "pipe.png": "is no regular file (a pipe, a socket or a device)",
    }


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_refused(root):
    put(root / "file.png").chmod(0)
    put(root / "closed" / "a.png")
    (root / "closed").chmod(0)
    try:
        assert reasons(root) == {
            "closed": "is a folder that may not be read",
            "file.png": "may not be read (no permission)",
        }
    finally:
        (root / "closed").chmod(0o700)


def test_too_long_a_name_is_refused(root):
    name = "\n" * 100 + ".png"
    put(root / name)
    assert reasons(root) == {"%0A" * 100 + ".png": "has a name of more than 255 bytes"}


def test_the_folder_itself_may_be_a_link(root, tmp_path):
    put(root / "a.png")
    (tmp_path / "link").symlink_to(root, target_is_directory=True)
    assert [(item.path, item.label) for item in read_folder(tmp_path / "link")] == [
        ("a.png", "photos")
    ]


def test_a_file_is_no_folder(root):
    with pytest.raises(NotADirectoryError, match=r"a\.png is no folder"):
        list(read_folder(put(root / "a.png")))
