"""A data set three times as large as the address space goes through ingestion and preparation."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parents[1] / "benchmarks" / "larger_than_memory.py"


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the limit is Linux's")
def test_three_gigabytes_pass_through_one(tmp_path):
    result = tmp_path / "result.json"
    subprocess.run(
        [sys.executable, str(BENCHMARK), "--folder", str(tmp_path), "--result", str(result)],
        check=True,
    )
    measured = json.loads(result.read_text())
    assert measured["source_bytes"] > 3 * measured["limit_bytes"]
    assert measured["array_bytes"] > 3 * measured["limit_bytes"]
    for stage in measured["stages"].values():
        assert 0 < stage["peak_address_space_bytes"] <= measured["limit_bytes"]
    assert [path.name for path in tmp_path.iterdir()] == ["result.json"]
