"""What parts of a run cost."""

import logging
import sys

import numpy as np
import pytest

from kizu.pipelines import run_costs
from kizu.pipelines.run_costs import log_costs, watched


def test_time_counts_what_happens_inside(monkeypatch):
    now = [3.0]
    monkeypatch.setattr(run_costs.time, "perf_counter", lambda: now[0])
    with watched() as cost:
        now[0] = 5.0
    now[0] = 9.0
    assert cost.seconds == 2.0


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the peak of a part")
def test_each_part_has_its_own_peak():
    peaks = []
    for mebibytes in (200, 1):
        kept = np.ones(300 * 2**17)  # held before, so that it does not count
        with watched() as cost:
            held = np.ones(mebibytes * 2**17)
            del held
        del kept
        peaks.append(cost.growth_mebibytes)
    if peaks[0] is None:
        pytest.skip("this system does not forget a peak")
    assert peaks[0] > 190
    assert 0 <= peaks[1] < 50


def test_a_system_that_does_not_tell_the_peak(monkeypatch, tmp_path, caplog):
    monkeypatch.setattr(run_costs, "_CLEAR", tmp_path / "none" / "clear_refs")
    with watched() as cost:
        pass
    assert cost.growth_mebibytes is None
    with caplog.at_level(logging.INFO, "kizu.metrics"):
        log_costs("forest", seconds=2.0, peak=cost.growth_mebibytes)
    (record,) = caplog.records
    assert record.metrics == {"forest.seconds": 2.0}
    assert not hasattr(record, "step")


def test_the_peak_of_the_process_has_what_it_held_before() -> None:
    with watched() as cost:
        pass
    if cost.growth_mebibytes is None:
        pytest.skip("this system does not tell")
    assert cost.process_peak_mebibytes is not None
    assert cost.process_peak_mebibytes > max(5.0, cost.growth_mebibytes)
