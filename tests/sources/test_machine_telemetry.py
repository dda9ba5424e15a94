"""The built-in table has something for every step."""

import numpy as np
import pytest

from kizu.sources.machine_telemetry import WEAR_LEVELS, machine_telemetry, read_machine_telemetry
from kizu.sources.table_sources import open_tables


@pytest.fixture(scope="module")
def table():
    return machine_telemetry(4000, 0)


def test_the_same_seed_gives_the_same_bytes_and_another_one_others():
    def content(seed):
        (file,) = read_machine_telemetry(50, seed)
        return file.content

    assert content(0) == content(0) != content(1)


def test_failures_are_rare_and_follow_the_machine(table):
    failed, fine = table[table["failure"] == 1], table[table["failure"] == 0]
    assert 0.05 < len(failed) / len(table) < 0.15
    assert failed["temperature"].mean() > fine["temperature"].mean() + 3
    assert failed["maintained"].mean() < fine["maintained"].mean() - 0.1


def test_two_columns_give_the_failure_away(table):
    assert ((table["alarm"] != "none") == (table["failure"] == 1)).all()
    agree = (table["downtime_minutes"] > 0) == (table["failure"] == 1)
    assert 0.998 < agree.mean() < 1


def test_there_are_holes_glitches_a_constant_and_an_identifier(table):
    missing = table.isna().mean()
    assert set(missing[missing > 0].index) == {"site", "remote", "pressure", "age_hours"}
    assert missing.max() < 0.1
    assert table["rotation"].isin([0.0, 6000.0]).mean() == pytest.approx(0.04, abs=0.01)
    assert table["firmware"].nunique() == 1
    assert table["reading"].is_unique
    assert set(table["wear"]) == set(WEAR_LEVELS)
    assert np.isfinite(table["vibration"]).all()


def test_its_origin_says_that_it_is_synthetic():
    assert open_tables("machine_telemetry", None).origin.note.startswith("Synthetic")
