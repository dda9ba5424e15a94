"""Downloads: resumed, verified, or taken from a mirror."""

import hashlib
import multiprocessing
import random

import pytest

from kizu.sources import resume
from kizu.sources.download import Download, DownloadError, Fetched, MirrorCopy, fetch

CONTENT = random.Random(0).randbytes(1_000_000)


@pytest.fixture(autouse=True)
def _impatient(own_cache, monkeypatch):
    monkeypatch.setattr(resume, "_PAUSE_SECONDS", 0)


def sha256(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


@pytest.fixture
def download(served):
    served.content = CONTENT
    return Download("file.bin", served.address, sha256(CONTENT))


def parts(own_cache):
    return [path for path in (own_cache / "downloads").iterdir() if ".part" in path.name]


def test_a_file_is_downloaded_once(download, served, own_cache):
    first, second = fetch(download), fetch(download)
    assert first == second
    assert first.path.read_bytes() == CONTENT
    assert not first.mirrored
    assert first.path.is_relative_to(own_cache)
    assert len(served.requests) == 1


def test_an_md5_is_checked_too(served):
    served.content = CONTENT
    good = f"md5:{hashlib.md5(CONTENT).hexdigest()}"
    assert fetch(Download("file.bin", served.address, good)).path.read_bytes() == CONTENT
    with pytest.raises(DownloadError):
        fetch(Download("file.bin", served.address, f"md5:{'0' * 32}"))


def test_a_broken_connection_is_taken_up_where_it_broke(download, served):
    served.cut_after = [300_000, 200_000]
    assert fetch(download).path.read_bytes() == CONTENT
    ranges = [request.get("Range") for request in served.requests]
    assert ranges == [None, "bytes=300000-", "bytes=500000-"]
    assert served.requests[1]["If-Range"] == '"first"'


def test_a_later_process_goes_on_where_an_earlier_one_gave_up(download, served, own_cache):
    served.cut_after = [400_000] + [0] * resume._ATTEMPTS
    with pytest.raises(DownloadError, match=r"broke off, 600000 bytes before the end.*kept in"):
        fetch(download)
    served.requests.clear()
    assert fetch(download).path.read_bytes() == CONTENT
    assert [request["Range"] for request in served.requests] == ["bytes=400000-"]
    assert parts(own_cache) == []


def test_progress_resets_the_count_of_attempts(download, served):
    served.cut_after = [1000] * (3 * resume._ATTEMPTS)
    assert fetch(download).path.read_bytes() == CONTENT


def test_a_server_that_ignores_ranges_sends_the_whole_again(download, served):
    served.cut_after = [300_000]
    served.ranges = False
    assert fetch(download).path.read_bytes() == CONTENT


def test_a_file_that_changed_meanwhile_is_not_mixed_with_the_old_one(download, served):
    served.content = b"x" * len(CONTENT)
    served.cut_after = [300_000] + [0] * resume._ATTEMPTS
    with pytest.raises(DownloadError):
        fetch(download)
    served.content, served.tag = CONTENT, '"second"'
    served.requests.clear()
    assert fetch(download).path.read_bytes() == CONTENT
    assert served.requests[0]["If-Range"] == '"first"'
    assert len(served.requests) == 1


def test_a_weak_tag_is_no_condition(download, served):
    served.tag = 'W/"first"'
    served.headers = {"Last-Modified": "Sat, 01 Jan 2000 00:00:00 GMT"}
    served.cut_after = [300_000, 0]
    served.ranges = False
    fetch(download)
    assert served.requests[1]["If-Range"] == "Sat, 01 Jan 2000 00:00:00 GMT"


def test_a_damaged_part_is_thrown_away_and_the_file_fetched_whole(download, served, own_cache):
    served.cut_after = [400_000] + [0] * resume._ATTEMPTS
    with pytest.raises(DownloadError):
        fetch(download)
    part = next(path for path in parts(own_cache) if path.name.endswith(".part"))
    part.write_bytes(b"x" * 400_000)
    served.requests.clear()
    assert fetch(download).path.read_bytes() == CONTENT
    assert [request.get("Range") for request in served.requests] == ["bytes=400000-", None]


@pytest.mark.parametrize("extra", [b"", b"more than the file"])
def test_a_part_that_is_whole_or_too_long_does_not_stop_it(extra, download, served, own_cache):
    served.cut_after = [400_000] + [0] * resume._ATTEMPTS
    with pytest.raises(DownloadError):
        fetch(download)
    part = next(path for path in parts(own_cache) if path.name.endswith(".part"))
    part.write_bytes(CONTENT + extra)
    assert fetch(download).path.read_bytes() == CONTENT


def test_another_content_is_refused_and_removed(download, served, own_cache):
    served.content = b"<html>Moved</html>"
    with pytest.raises(DownloadError) as error:
        fetch(download)
    message = str(error.value)
    assert served.address in message
    assert download.hash.removeprefix("sha256:") in message
    assert hashlib.sha256(served.content).hexdigest() in message
    left = [path for path in (own_cache / "downloads").iterdir() if path.suffix != ".lock"]
    assert left == []


def test_a_cached_file_that_was_changed_is_fetched_again(download):
    fetch(download).path.write_bytes(b"changed")
    assert fetch(download).path.read_bytes() == CONTENT


def test_a_missing_file_is_said_at_once(download, served):
    served.statuses = [404]
    with pytest.raises(DownloadError, match=r"file\.bin could not be downloaded.*404"):
        fetch(download)
    assert len(served.requests) == 1


def test_a_busy_server_is_asked_again(download, served):
    served.statuses = [503, 429]
    assert fetch(download).path.read_bytes() == CONTENT


def test_no_server_at_all_is_an_error_with_a_way_out(own_cache):
    nowhere = Download("file.bin", "http://127.0.0.1:9/file.bin", sha256(CONTENT))
    with pytest.raises(DownloadError) as error:
        fetch(nowhere)
    assert "http://127.0.0.1:9/file.bin" in error.value.message
    assert "KIZU_DATA_MIRROR" in error.value.way_out


def test_compressed_transfer_is_not_asked_for(download, served):
    fetch(download)
    assert served.requests[0]["Accept-Encoding"] == "identity"


def _fetch(download, results):
    results.put(fetch(download).path.read_bytes() == CONTENT)


def test_processes_that_want_the_same_file_fetch_it_once(download, served):
    context = multiprocessing.get_context("fork")
    results = context.Queue()
    processes = [context.Process(target=_fetch, args=(download, results)) for _ in range(3)]
    for process in processes:
        process.start()
    assert [results.get(timeout=30) for _ in processes] == [True] * 3
    for process in processes:
        process.join()
    assert len(served.requests) == 1


@pytest.fixture
def mirror(tmp_path, monkeypatch):
    monkeypatch.setenv("KIZU_DATA_MIRROR", str(tmp_path))
    return tmp_path


COPY = MirrorCopy("set/copy.bin", sha256(b"copy"), "a lossy copy")


def test_a_mirror_is_used_without_a_network(mirror):
    (mirror / "file.bin").write_bytes(CONTENT)
    download = Download("file.bin", "http://127.0.0.1:9/", sha256(CONTENT))
    assert fetch(download) == Fetched(mirror / "file.bin", mirrored=False)


def test_a_mirrors_own_copy_is_verified_and_marked(mirror):
    (mirror / "set").mkdir()
    (mirror / "set" / "copy.bin").write_bytes(b"copy")
    download = Download("file.bin", "http://127.0.0.1:9/", sha256(CONTENT), COPY)
    assert fetch(download) == Fetched(mirror / "set" / "copy.bin", mirrored=True)
    # The official file, if the mirror has that as well, comes first.
    (mirror / "file.bin").write_bytes(CONTENT)
    assert fetch(download) == Fetched(mirror / "file.bin", mirrored=False)


@pytest.mark.parametrize("copy", [None, COPY])
def test_a_file_that_the_mirror_lacks_is_named(copy, mirror):
    download = Download("file.bin", "http://127.0.0.1:9/", sha256(CONTENT), copy)
    name = copy.name if copy else "file.bin"
    with pytest.raises(DownloadError) as error:
        fetch(download)
    assert str(mirror / name) in error.value.message
    assert "unset KIZU_DATA_MIRROR" in error.value.way_out


def test_a_mirrors_file_of_another_content_is_refused_and_left_alone(mirror):
    (mirror / "file.bin").write_bytes(b"other")
    with pytest.raises(DownloadError) as error:
        fetch(Download("file.bin", "http://127.0.0.1:9/", sha256(CONTENT)))
    assert sha256(CONTENT) in error.value.message
    assert sha256(b"other") in error.value.message
    assert (mirror / "file.bin").read_bytes() == b"other"
