"""Trainings in processes of their own, ended by signals."""

import os
import random
import subprocess
import sys

import pytest


def run(tiny, folder, output, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(tiny.SCRIPT), str(folder), str(output), *arguments]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )


@pytest.fixture(scope="module")
def uninterrupted(tiny, tmp_path_factory) -> bytes:
    folder = tmp_path_factory.mktemp("whole")
    output = folder / "model.safetensors"
    finished = run(tiny, folder / "checkpoints", output)
    assert finished.returncode == 0, finished.stderr
    return output.read_bytes()


def test_killed_at_a_random_step_the_model_file_is_the_same(tiny, tmp_path, uninterrupted):
    step = random.SystemRandom().randrange(1, 40)
    folder, output = tmp_path / "checkpoints", tmp_path / "model.safetensors"
    killed = run(tiny, folder, output, "--die-at", str(step))
    assert killed.returncode == -9
    assert not output.exists()
    assert run(tiny, folder, output).returncode == 0
    assert output.read_bytes() == uninterrupted, f"killed at step {step}"


@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_a_polite_signal_saves_first(tiny, tmp_path, uninterrupted, name, code):
    folder, output = tmp_path / "checkpoints", tmp_path / "model.safetensors"
    stopped = run(tiny, folder, output, "--die-at", "17", "--by", name)
    assert stopped.returncode == code
    assert "Interrupted after step 18; saved in" in stopped.stderr
    assert "Run the same command again" in stopped.stderr
    assert (folder / "step-000000018.pt").exists()
    assert run(tiny, folder, output).returncode == 0
    assert output.read_bytes() == uninterrupted
