import logging

import numpy as np
import pytest
import torch

from kizu.evaluation.moment_cache import cached_moments, moments_key, weights_hash
from kizu.evaluation.moments import moments

FEATURES = np.random.default_rng(0).normal(size=(50, 4))


def images(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (5000, 1, 2, 2)).astype(np.uint8)


def test_computed_once(tmp_path):
    calls = []

    def compute():
        calls.append(1)
        return moments(FEATURES)

    first, second = (cached_moments(tmp_path, "key", compute) for _ in range(2))
    assert len(calls) == 1
    assert first.sample_count == second.sample_count == 50
    assert torch.equal(first.mean, second.mean)
    assert torch.equal(first.covariance, second.covariance)
    assert [file.name for file in tmp_path.iterdir()] == ["key.npz"]


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 not a zip"])
def test_a_damaged_file_is_computed_anew(tmp_path, caplog, damage):
    (tmp_path / "key.npz").write_bytes(damage)
    with caplog.at_level(logging.WARNING):
        found = cached_moments(tmp_path, "key", lambda: moments(FEATURES))
    assert "cannot be read" in caplog.text
    assert torch.equal(found.mean, moments(FEATURES).mean)
    assert cached_moments(tmp_path, "key", lambda: pytest.fail("computed")).sample_count == 50


def test_a_folder_that_cannot_be_written_keeps_nothing_and_fails_nothing(tmp_path, caplog):
    (tmp_path / "file").write_text("in the way")
    with caplog.at_level(logging.WARNING):
        found = cached_moments(tmp_path / "file", "key", lambda: moments(FEATURES))
    assert found.sample_count == 50
    assert "cannot be kept" in caplog.text


def test_the_key_follows_the_data_and_the_extractor():
    network = torch.nn.Linear(2, 2)
    key = moments_key(images(), (weights_hash(network), "cpu"))
    assert key == moments_key(images().copy(), (weights_hash(network), "cpu"))
    late = images()
    late[-1, 0, 0, 0] ^= 1
    assert key != moments_key(late, (weights_hash(network), "cpu"))
    assert key != moments_key(images().reshape(5000, 1, 4, 1), (weights_hash(network), "cpu"))
    with torch.no_grad():
        network.weight[0, 0] += 1e-6
    assert key != moments_key(images(), (weights_hash(network), "cpu"))
