"""Archives as sources: hostile and damaged ones are refused, and nothing is written outside."""

import gzip
import io
import multiprocessing
import random
import stat
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kizu.sources.archives import read_archive
from kizu.sources.files import Reject, SourceFile
from kizu.sources.members import ArchiveLimits

pytestmark = pytest.mark.usefixtures("own_cache")


def make_zip(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def make_tar(path: Path, members: dict[str, bytes], links=(), mode: str = "w:gz") -> Path:
    with tarfile.open(path, mode) as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        for name, target, kind in links:
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, target
            archive.addfile(info)
    return path


def read(path: Path, **limits: int) -> tuple[dict[str, bytes], dict[str, str]]:
    """Return contents by path, and reasons by the refused member."""
    items = list(read_archive(path, ArchiveLimits(**limits)))
    files = [item for item in items if isinstance(item, SourceFile)]
    rejects = [item for item in items if isinstance(item, Reject)]
    assert len(items) == len(files) + len(rejects)
    assert all(file.content.resolve().is_file() for file in files)
    contents = {file.path: file.content.read_bytes() for file in files}
    assert len(contents) == len(files)
    return contents, {reject.file: reject.reason for reject in rejects}


GOOD = {"set/ant/1.png": b"one", "set/bee/two 2.png": b"two" * 1000, "傷\n.png": b""}


@pytest.mark.parametrize(
    ("make", "suffix"),
    [
        (make_zip, "zip"),
        (make_tar, "tar.gz"),
        (lambda path, members: make_tar(path, members, mode="w"), "tar"),
    ],
)
def test_members_are_files_labelled_by_their_folder(make, suffix, tmp_path):
    path = make(tmp_path / f"photos.{suffix}", GOOD)
    items = list(read_archive(path))
    assert [(item.id, item.path, item.label) for item in items] == [
        ("set/ant/1.png", "set/ant/1.png", "ant"),
        ("set/bee/two 2.png", "set/bee/two 2.png", "bee"),
        ("傷%0A.png", "傷%0A.png", "photos"),
    ]
    assert [item.content.read_bytes() for item in items] == list(GOOD.values())


def test_an_archive_is_unpacked_once(tmp_path, own_cache):
    first = list(read_archive(make_zip(tmp_path / "a.zip", GOOD)))
    times = [item.content.stat().st_mtime_ns for item in first]
    (tmp_path / "a.zip").rename(tmp_path / "a copy.zip")
    again = list(read_archive(tmp_path / "a copy.zip"))
    assert [item.content for item in again] == [item.content for item in first]
    assert [item.content.stat().st_mtime_ns for item in again] == times


HOSTILE_NAMES = {
    "../evil.png": "leads out",
    "a/../../evil.png": "leads out",
    "..": "leads out",
    "/evil.png": "absolute",
    "C:\\evil.png": "absolute",
    "a\\..\\..\\evil.png": "leads out",
    "\\\\host\\share\\evil.png": "absolute",
    f"{'x' * 256}.png": "more than 255 bytes",
}


@pytest.mark.parametrize(("name", "reason"), HOSTILE_NAMES.items())
@pytest.mark.parametrize("make", [make_zip, make_tar])
def test_hostile_names_are_refused_and_the_rest_is_used(make, name, reason, tmp_path, own_cache):
    path = make(tmp_path / "archive", {name: b"evil", "good.png": b"good"})
    contents, rejects = read(path)
    assert contents == {"good.png": b"good"}
    assert len(rejects) == 1
    assert reason in next(iter(rejects.values()))
    assert {p.name for p in tmp_path.iterdir()} == {"archive", own_cache.name}
    assert not list(tmp_path.rglob("*evil*"))


def test_links_inside_stand_for_their_file_and_others_are_refused(tmp_path):
    links = [
        ("b/soft.png", "../a/1.png", tarfile.SYMTYPE),
        ("hard.png", "a/1.png", tarfile.LNKTYPE),
        ("chain.png", "b/soft.png", tarfile.SYMTYPE),
        ("out.png", "../../etc/passwd", tarfile.SYMTYPE),
        ("absolute.png", "/etc/passwd", tarfile.SYMTYPE),
        ("hard-out.png", "../x", tarfile.LNKTYPE),
        ("nowhere.png", "a/2.png", tarfile.SYMTYPE),
        ("round.png", "about.png", tarfile.SYMTYPE),
        ("about.png", "round.png", tarfile.SYMTYPE),
        ("folder.png", "a", tarfile.SYMTYPE),
        ("pipe.png", "", tarfile.FIFOTYPE),
        ("device.png", "", tarfile.CHRTYPE),
    ]
    contents, rejects = read(make_tar(tmp_path / "a.tar.gz", {"a/1.png": b"one"}, links))
    assert contents == dict.fromkeys(["a/1.png", "b/soft.png", "hard.png", "chain.png"], b"one")
    assert set(rejects) == {name for name, *_ in links} - set(contents)
    assert all("out of the archive" in rejects[n] for n in ("out.png", "absolute.png"))
    assert "out of the archive" in rejects["hard-out.png"]
    assert all("nowhere" in rejects[n] for n in ("nowhere.png", "round.png", "folder.png"))
    assert all("no regular file" in rejects[n] for n in ("pipe.png", "device.png"))


def test_links_of_a_zip_are_known_by_their_mode(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a/1.png", b"one")
        for name, target in (("in.png", "a/1.png"), ("out.png", "../../etc/passwd")):
            info = zipfile.ZipInfo(name)
            info.external_attr = (stat.S_IFLNK | 0o777) << 16
            archive.writestr(info, target)
    contents, rejects = read(path)
    assert contents == {"a/1.png": b"one", "in.png": b"one"}
    assert rejects == {"out.png": "is a link that leads out of the archive"}


def test_a_second_member_of_a_name_is_refused(tmp_path):
    path = make_tar(tmp_path / "a.tar", {"a.png": b"a.png", "./b.png": b"./b.png"}, mode="w")
    with tarfile.open(path, "a") as archive:
        for name in ("a.png", "b.png", "c", "c/d.png"):
            info = tarfile.TarInfo(name)
            info.size = len(name)
            archive.addfile(info, io.BytesIO(name.encode()))
    contents, rejects = read(path)
    assert contents == {"a.png": b"a.png", "b.png": b"./b.png", "c": b"c"}
    assert set(rejects) == {"a.png", "b.png", "c/d.png"}


def test_encrypted_and_damaged_members_are_refused_and_the_rest_is_used(tmp_path):
    path = tmp_path / "a.zip"
    noise = random.Random(0).randbytes(10_000)
    make_zip(path, {"secret.png": noise[:5000], "damaged.png": noise[5000:], "good.png": b"good"})
    data = bytearray(path.read_bytes())
    # The flag of the first entry, in its own header and in the directory at the end.
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    start = data.index(b"damaged.png") + 1000
    data[start : start + 4] = b"\0\0\0\0"
    path.write_bytes(data)
    contents, rejects = read(path)
    assert contents == {"good.png": b"good"}
    assert rejects["secret.png"] == "is encrypted"
    assert "damaged" in rejects["damaged.png"]


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_methods_that_ask_for_much_memory_are_refused(method, tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w", method) as archive:
        archive.writestr("a.png", b"one")
    contents, rejects = read(tmp_path / "a.zip")
    assert contents == {}
    assert "another method than deflate" in rejects["a.png"]


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (46, b"\0" * 5),  # an empty name
        (46, b"\xff\xff\xff\xff\xff"),  # a name that is no UTF-8
        (6, b"\xff\x00"),  # made for a later version of the format
        (42, b"\xff\xff\xff\xff"),  # lies behind the end
        (-6, b"\xff\x00\x00\x00"),  # the directory lies elsewhere
    ],
)
def test_a_damaged_directory_of_a_zip_is_refused(place, value, tmp_path):
    path = make_zip(tmp_path / "a.zip", {"傷 \t": b"content"})
    data = bytearray(path.read_bytes())
    start = data.index(b"PK\x01\x02") + place if place >= 0 else len(data) + place
    data[start : start + len(value)] = value
    path.write_bytes(data)
    contents, rejects = read(path)
    assert contents == {}
    assert len(rejects) == 1


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        ({"members": 9}, "more than 9 members"),
        ({"total_bytes": 999_999}, "more than 999999 bytes"),
        ({"ratio": 20, "harmless_bytes": 1000}, "more than 20 times its size"),
    ],
)
@pytest.mark.parametrize("make", [make_zip, make_tar])
def test_a_bomb_is_refused_as_a_whole(make, limits, reason, tmp_path, own_cache):
    path = make(tmp_path / "bomb", {f"{n}.png": bytes(100_000) for n in range(10)})
    contents, rejects = read(path, **limits)
    assert contents == {}
    assert list(rejects) == ["bomb"]
    assert reason in rejects["bomb"]
    assert not [p for p in own_cache.rglob("*") if p.suffix != ".lock" and p.name != "archives"]
    assert len(read(path)[0]) == 10  # a plain archive by the usual limits


def test_a_bomb_in_one_member_stops_before_it_is_unpacked(tmp_path):
    path = tmp_path / "bomb.tar.gz"
    with gzip.open(path, "wb", compresslevel=1) as stream:
        info = tarfile.TarInfo("zeros.png")
        info.size = 2**40
        stream.write(info.tobuf(tarfile.GNU_FORMAT))
        for _ in range(3):
            stream.write(bytes(2**20))
    contents, rejects = read(path, ratio=20, harmless_bytes=2**20)
    assert contents == {}
    assert "bomb" in rejects["bomb.tar.gz"]


def test_a_sparse_member_counts_with_its_holes(tmp_path):
    path = tmp_path / "sparse.tar"
    info = tarfile.TarInfo("hole.png")
    info.pax_headers = {
        "GNU.sparse.map": "0,1",
        "GNU.sparse.size": str(2**50),
        "GNU.sparse.numblocks": "1",
    }
    info.size = 1
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as archive:
        archive.addfile(info, io.BytesIO(b"x"))
    contents, rejects = read(path)
    assert contents == {}
    assert "unpacks to more than" in rejects["sparse.tar"]


def test_a_header_that_announces_gigabytes_is_refused(tmp_path):
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XHDTYPE, 2**33
    (tmp_path / "a.tar").write_bytes(info.tobuf(tarfile.GNU_FORMAT) + bytes(2**20))
    assert "header" in read(tmp_path / "a.tar")[1]["a.tar"]


@pytest.mark.parametrize("make", [make_zip, make_tar, lambda p, m: make_tar(p, m, mode="w")])
@pytest.mark.parametrize("share", [0.001, 0.3, 0.6, 0.7])
def test_an_archive_that_is_cut_short_is_refused_as_a_whole(make, share, tmp_path):
    noise = random.Random(0).randbytes(30_000)
    path = make(tmp_path / "cut", {"1.png": noise[:9000], "2.png": noise[9000:]})
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    contents, rejects = read(path)
    assert contents == {}
    assert "cut short" in rejects["cut"]


def test_a_tar_that_ends_after_a_whole_member_is_refused(tmp_path):
    path = make_tar(tmp_path / "cut", {"1.png": b"x" * 512, "2.png": b"y" * 512}, mode="w")
    path.write_bytes(path.read_bytes()[:1024])
    assert "cut short" in read(path)[1]["cut"]


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04", b"\x1f\x8b\x08", bytes(9)])
def test_what_is_no_archive_is_refused(content, tmp_path):
    (tmp_path / "a.zip").write_bytes(content)
    contents, rejects = read(tmp_path / "a.zip")
    assert contents == {}
    assert "is no zip, tar or tar.gz archive" in rejects["a.zip"]


@settings(max_examples=150, deadline=None)
@given(data=st.data(), kind=st.sampled_from(["zip", "gz", "tar"]))
def test_a_damaged_archive_never_crashes(data, kind, tmp_path_factory):
    folder = tmp_path_factory.mktemp("damaged")
    make = {"zip": make_zip, "gz": make_tar, "tar": lambda p, m: make_tar(p, m, mode="w")}[kind]
    path = make(folder / "archive", {"a/1.png": b"one" * 50, "b傷.png": b"two"})
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    contents, rejects = read(path)
    assert contents or rejects or kind == "zip"


def _count(path, results):
    results.put(len(list(read_archive(path))))


def test_processes_that_unpack_the_same_archive_do_not_meet(tmp_path):
    path = make_zip(tmp_path / "a.zip", {f"{n}.png": b"x" * n for n in range(300)})
    context = multiprocessing.get_context("fork")
    results = context.Queue()
    processes = [context.Process(target=_count, args=(path, results)) for _ in range(3)]
    for process in processes:
        process.start()
    assert [results.get(timeout=30) for _ in processes] == [300] * 3
    for process in processes:
        process.join()
