"""Two processes under torchrun, against one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import torch.distributed as dist

SCRIPT = Path(__file__).with_name("distributed_training.py")

pytestmark = pytest.mark.skipif(not dist.is_available(), reason="PyTorch without distributed")


@pytest.fixture(scope="module")
def results(tmp_path_factory) -> dict[str, list]:
    """What the processes ended with, for one process and for two."""
    found = {}
    launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    for name, start in (("one", []), ("two", launcher)):
        folder = tmp_path_factory.mktemp(name)
        subprocess.run(
            [sys.executable, *start, str(SCRIPT), str(folder)],
            check=True,
            timeout=180,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
        found[name] = [torch.load(path) for path in sorted(folder.glob("rank*.pt"))]
        assert list((folder / "checkpoints").glob("*.tmp")) == []
    return found


def equal(first: dict, second: dict) -> bool:
    return first.keys() == second.keys() and all(torch.equal(first[k], second[k]) for k in first)


def test_processes_end_with_equal_weights(results):
    first, second = results["two"]
    assert equal(first["model"], second["model"])
    assert first["history"] == second["history"]
    assert equal(first["gan"], second["gan"])


def test_two_halves_of_a_batch_are_one_batch(results):
    one, two = results["one"][0], results["two"][0]
    torch.testing.assert_close(one["model"], two["model"], rtol=1e-4, atol=1e-6)
    for ours, theirs in zip(one["history"], two["history"], strict=True):
        assert ours == pytest.approx(theirs, rel=1e-4)


def test_a_killed_run_of_two_processes_goes_on_bit_for_bit(results):
    for processes in results.values():
        for process in processes:
            assert process["resumed_history"] == process["gan_history"]
            assert equal(process["resumed"], process["gan"])
