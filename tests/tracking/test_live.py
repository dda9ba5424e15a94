import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from kizu.tracking.live import METRICS_LOGGER, LiveMetrics, read_rows

source = logging.getLogger(METRICS_LOGGER)


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "metrics.jsonl"
    handler = LiveMetrics(lambda: path)
    handler.install()
    yield path
    handler.uninstall()


def log(step: int, **metrics: float) -> None:
    source.info("step %d", step, extra={"step": step, "metrics": metrics})


def test_rows_arrive_in_order(file: Path) -> None:
    for step in range(50):
        log(step, loss=1.0 / (step + 1))
    rows, _ = read_rows(file)
    assert [row["step"] for row in rows] == list(range(50))
    assert rows[3]["metrics"] == {"loss": 0.25}
    assert rows == sorted(rows, key=lambda row: row["time"])


def test_reading_goes_on_where_it_stopped_and_waits_for_whole_lines(file: Path) -> None:
    log(0, loss=1.0)
    _, offset = read_rows(file)
    log(1, loss=0.5)
    with file.open("a") as stream:
        stream.write('{"step": 2, "ti')
    rows, offset = read_rows(file, offset)
    assert [row["step"] for row in rows] == [1]
    assert read_rows(file, offset) == ([], offset)


def test_a_file_that_is_not_there_has_no_rows(tmp_path: Path) -> None:
    assert read_rows(tmp_path / "none", 5) == ([], 5)


def test_numbers_of_any_library_and_infinite_ones_are_written(file: Path) -> None:
    log(0, a=np.float32(0.5), b=float("inf"))
    log(1, a=float("nan"))
    first, second = read_rows(file)[0]
    assert first["metrics"] == {"a": 0.5, "b": float("inf")}
    assert np.isnan(second["metrics"]["a"])


def test_messages_without_metrics_are_none_of_its_business(file: Path) -> None:
    source.info("the data set is on the device")
    assert not file.exists()


def test_a_full_disk_warns_once_and_does_not_stop_the_training(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    handler = LiveMetrics(lambda: tmp_path / "missing folder" / "metrics.jsonl")
    handler.install()
    log(0, loss=1.0)
    log(1, loss=0.5)
    handler.uninstall()
    assert caplog.text.count("not shown live") == 1


def test_the_console_shows_no_more_than_before(tmp_path: Path) -> None:
    before = (source.level, source.propagate)
    source.setLevel(logging.WARNING)
    seen: list[logging.LogRecord] = []
    root = logging.Handler()
    root.emit = seen.append  # type: ignore[method-assign]
    logging.getLogger().addHandler(root)
    handler = LiveMetrics(lambda: tmp_path / "metrics.jsonl")
    handler.install()
    log(0, loss=1.0)
    handler.uninstall()
    logging.getLogger().removeHandler(root)
    assert seen == []
    assert source.level == logging.WARNING
    assert len(read_rows(tmp_path / "metrics.jsonl")[0]) == 1
    source.setLevel(before[0])
    source.propagate = before[1]


def test_threads_may_log_to_files_of_their_own(tmp_path: Path) -> None:
    handler = LiveMetrics(lambda: tmp_path / threading.current_thread().name)
    handler.install()
    threads = [threading.Thread(target=log, args=(7,), kwargs={"x": 1.0}, name=n) for n in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    handler.uninstall()
    assert [len(read_rows(tmp_path / name)[0]) for name in "ab"] == [1, 1]
