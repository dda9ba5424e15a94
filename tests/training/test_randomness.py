import random
import warnings

import numpy as np
import torch

from kizu.training.randomness import (
    derived_seed,
    deterministic,
    global_state,
    restore_global_state,
    seeded,
)

CPU = torch.device("cpu")


def draw() -> tuple[float, float, float]:
    return random.random(), np.random.rand(), torch.rand(()).item()  # noqa: NPY002


def test_seeded_draws_repeat_and_leave_no_trace():
    before = global_state()
    with seeded(3):
        first = draw()
    with seeded(3):
        assert draw() == first
    with seeded(4):
        assert draw() != first
    after = draw()
    restore_global_state(before)
    assert draw() == after


def test_states_survive_storage(tmp_path):
    torch.save(global_state(CPU), tmp_path / "state")
    expected = draw()
    restore_global_state(torch.load(tmp_path / "state", weights_only=True), CPU)
    assert draw() == expected


def test_derived_seeds_differ_by_seed_and_path():
    paths = [
        (seed, *path) for seed in range(5) for path in [(), (0,), (1,), (0, 0), (0, 1), (1, 0)]
    ]
    seeds = {derived_seed(*path) for path in paths}
    assert len(seeds) == len(paths)
    assert all(0 <= seed < 2**63 for seed in seeds)


def test_what_cannot_be_promised_is_noted_and_other_warnings_pass():
    with warnings.catch_warnings(record=True) as others:
        warnings.simplefilter("always")
        with deterministic(CPU) as found:
            assert torch.are_deterministic_algorithms_enabled()
            warnings.warn("scatter has no deterministic kernel. More text.", stacklevel=1)
            warnings.warn("unrelated", stacklevel=1)
    assert found == ["scatter has no deterministic kernel"]
    assert [str(warning.message) for warning in others] == ["unrelated"]
    assert not torch.are_deterministic_algorithms_enabled()
