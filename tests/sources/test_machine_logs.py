"""The built-in log."""

import csv
import io
import re
from collections import Counter
from datetime import datetime
from itertools import pairwise

import pytest

from kizu.sources import machine_log_messages as messages
from kizu.sources.machine_logs import machine_logs


@pytest.fixture(scope="module")
def rows():
    (file,) = machine_logs().items
    return list(csv.DictReader(io.StringIO(file.content.decode())))


def test_it_says_that_it_is_synthetic():
    assert "Synthetic" in machine_logs().origin.note


def test_it_is_the_same_every_time():
    assert list(machine_logs().items) == list(machine_logs().items)


def test_lines_are_in_the_order_of_time(rows):
    times = [datetime.fromisoformat(row["time"]) for row in rows]
    assert len(rows) == 4000
    assert times == sorted(times)


def test_flaws_of_every_kind_are_few_and_late(rows):
    kinds = Counter(row["label"] for row in rows)
    assert set(kinds) == {"normal", "unknown_message", "out_of_range", "wrong_order", "burst"}
    assert 0.01 < 1 - kinds["normal"] / len(rows) < 0.05
    assert {row["label"] for row in rows[:2000]} == {"normal"}
    for quarter in (rows[2000:3000], rows[3000:]):
        assert {row["label"] for row in quarter} == set(kinds)


def shape(row) -> tuple[str, str, str]:
    message = re.sub(r"\d+(\.\d+)?", "#", row["message"])
    return row["component"], row["level"], message


def test_only_unknown_messages_are_new(rows):
    known = {shape(row) for row in rows[:2000]}
    for row in rows[2000:]:
        assert (shape(row) not in known) == (row["label"] == "unknown_message")


def test_values_out_of_range_are_out_of_the_normal_range(rows):
    normal: dict[tuple[str, str, str], list[list[float]]] = {}
    for row in rows:
        if row["label"] == "normal":
            normal.setdefault(shape(row), []).append(values(row))
    for row in rows:
        if row["label"] == "out_of_range":
            columns = list(zip(*normal[shape(row)], strict=True))
            assert any(
                not min(column) <= value <= max(column)
                for value, column in zip(values(row), columns, strict=True)
            )


def values(row) -> list[float]:
    return [float(number) for number in re.findall(r"\d+(?:\.\d+)?", row["message"])]


def test_bursts_come_within_seconds(rows):
    bursts = [place for place, row in enumerate(rows) if row["label"] == "burst"]
    close = [second - first == 1 for first, second in pairwise(bursts)]
    assert sum(close) >= 0.7 * len(bursts)


def test_fields_stay_within_their_bounds():
    import numpy as np

    random = np.random.default_rng(0)
    drawn = [float(messages.fill("{x:1.0:2.0:2}", random)) for _ in range(200)]
    whole = {int(messages.fill("{x:1:3}", random)) for _ in range(200)}
    assert min(drawn) >= 1
    assert max(drawn) <= 2
    assert whole == {1, 2, 3}
