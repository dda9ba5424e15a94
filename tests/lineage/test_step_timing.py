"""The time of a training step, from what the training logs."""

import json
import logging

import pytest

from kizu.lineage import step_timing
from kizu.lineage.step_timing import timed_steps, timing_path

LOGGER = logging.getLogger("kizu.metrics")


@pytest.fixture
def clock(monkeypatch):
    """The time that the clock shows, to be set; messages are let through."""
    now = [0.0]
    monkeypatch.setattr(step_timing.time, "perf_counter", lambda: now[0])
    monkeypatch.setattr(LOGGER, "level", logging.INFO)
    return now


def log(step):
    LOGGER.info("step %d", step, extra={"step": step, "metrics": {}})


def test_the_time_between_first_and_last_reading_is_shared_by_their_steps(clock, tmp_path):
    file = tmp_path / "a" / "gan.json"
    handlers = list(LOGGER.handlers)
    with timed_steps(file):
        for clock[0], step in ((7.0, 10), (8.0, 20), (12.0, 30)):
            log(step)
    assert json.loads(file.read_text()) == {"seconds_per_step": 0.25}
    assert handlers == LOGGER.handlers


@pytest.mark.usefixtures("clock")
def test_one_reading_tells_no_time(tmp_path):
    with timed_steps(tmp_path / "gan.json"):
        log(10)
    assert json.loads((tmp_path / "gan.json").read_text()) == {"seconds_per_step": None}


@pytest.mark.usefixtures("clock")
def test_what_belongs_to_no_step_is_no_reading(tmp_path):
    with timed_steps(tmp_path / "gan.json"):
        LOGGER.info("forest", extra={"metrics": {"forest.seconds": 1.0}})
        LOGGER.info("forest", extra={"metrics": {"forest.seconds": 2.0}})
    assert json.loads((tmp_path / "gan.json").read_text()) == {"seconds_per_step": None}


def test_a_failed_training_leaves_no_timing(tmp_path):
    handlers = list(LOGGER.handlers)
    with pytest.raises(RuntimeError), timed_steps(tmp_path / "gan.json"):
        raise RuntimeError
    assert not [*tmp_path.iterdir()]
    assert handlers == LOGGER.handlers


def test_timings_lie_beside_the_table():
    path = timing_path("experiments/lines/wide-long", "train")
    assert path == "experiments/lines/timings/wide-long/train.json"
    assert timing_path("experiments/lines", "train") == "experiments/lines/timings/train.json"
