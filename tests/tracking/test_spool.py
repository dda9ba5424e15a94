import json
import threading
from collections.abc import Callable

import pytest

from kizu.tracking.records import Record, Session, Status, flatten
from kizu.tracking.spool import Progress, Spool

Make = Callable[..., Record]


def test_records_come_back_as_they_were_written_oldest_first(
    spool: Spool, make_record: Make
) -> None:
    late = make_record("gan", started=3, history=[{"step": 0.0, "loss": 1.5}])
    early = make_record("images", started=2, status=Status.FAILED, error="no images")
    assert spool.records() == [early, late]
    assert late.seconds == pytest.approx(4.997)


def test_an_unreadable_record_is_named_and_left_alone(
    spool: Spool, make_record: Make, caplog: pytest.LogCaptureFixture
) -> None:
    good = make_record("images")
    for name, text in {"half": "{", "newer": json.dumps({"schema": 99}), "empty": ""}.items():
        folder = spool.record_folder(name)
        folder.mkdir()
        (folder / "record.json").write_text(text)
    assert spool.records() == [good]
    assert "half" in caplog.text
    assert "newer" in caplog.text
    assert "schema is 99" in caplog.text
    assert "empty" not in caplog.text
    assert (spool.record_folder("newer") / "record.json").exists()


def test_only_the_first_opens_a_session(spool: Spool, make_session: Callable[..., Session]) -> None:
    session = make_session()
    assert not spool.open_session(session)
    assert spool.sessions() == [session]
    spool.close_session(session.id)
    assert spool.sessions() == []
    spool.close_session(session.id)


def test_a_session_warns_once(spool: Spool, make_session: Callable[..., Session]) -> None:
    session = make_session()
    assert spool.first_warning(session.id)
    assert not spool.first_warning(session.id)


def test_progress_is_that_of_one_store(spool: Spool, make_record: Make) -> None:
    record = make_record("images")
    assert spool.progress(record.id, "sqlite:///a") == Progress()
    sent = Progress("run", 7, True)
    spool.write_progress(record.id, "sqlite:///a", sent)
    assert spool.progress(record.id, "sqlite:///a") == sent
    assert spool.progress(record.id, "sqlite:///b") == Progress()


def test_the_spool_keeps_no_password_of_a_store(spool: Spool, make_record: Make) -> None:
    record = make_record("images")
    uri = "http://me:hunter2@server"
    spool.write_progress(record.id, uri, Progress("run"))
    spool.write_recorded_lock(uri, None, "digest")
    assert spool.recorded_locks(uri) == {None: "digest"}
    for file in spool.folder.rglob("*.json"):
        assert "hunter2" not in file.read_text()


def test_the_lock_keeps_others_out(spool: Spool) -> None:
    held, release = threading.Event(), threading.Event()

    def hold() -> None:
        with spool.locked(1):
            held.set()
            release.wait(5)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(5)
    with pytest.raises(TimeoutError, match="another process"), spool.locked(0.1):
        pass
    release.set()
    thread.join()
    with spool.locked(1):
        pass


def test_recorded_locks_are_those_of_one_store_that_is_still_there(spool: Spool) -> None:
    database = spool.root / "mlflow" / "mlflow.db"
    database.parent.mkdir()
    spool.folder.mkdir()
    uri = f"sqlite:///{database}"
    database.touch()
    spool.write_recorded_lock(uri, None, "a")
    spool.write_recorded_lock(uri, "mnist", "b")
    assert spool.recorded_locks(uri) == {None: "a", "mnist": "b"}
    assert spool.recorded_locks("http://elsewhere") == {}
    database.unlink()
    assert spool.recorded_locks(uri) == {}


def test_flatten_keeps_lists_and_empty_mappings() -> None:
    assert flatten({"a": {"b": [1, 2], "c": {}}, "d": None}) == {
        "a.b": [1, 2],
        "a.c": {},
        "d": None,
    }
