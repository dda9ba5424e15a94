from itertools import chain

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from kizu.training import data as module
from kizu.training.data import DeviceData, EpochOrder, to_unit

CPU = torch.device("cpu")


def test_images_map_to_the_unit_range_on_their_device():
    images = torch.tensor([0, 51, 255], dtype=torch.uint8)
    torch.testing.assert_close(to_unit(images), torch.tensor([-1.0, -0.6, 1.0]))
    assert images.tolist() == [0, 51, 255]


@settings(max_examples=40, deadline=None)
@given(
    count=st.integers(1, 30),
    seed=st.integers(0, 2**40),
    lengths=st.lists(st.integers(1, 40), max_size=6),
)
def test_every_pass_is_a_permutation_however_it_is_cut(count, seed, lengths):
    whole = EpochOrder(count, seed, CPU).rows(0, 3 * count).view(3, count)
    assert all(sorted(epoch.tolist()) == list(range(count)) for epoch in whole)
    order, start = EpochOrder(count, seed, CPU), 0
    reference = EpochOrder(count, seed, CPU).rows(0, sum(lengths) + 1)
    for length in lengths:
        assert order.rows(start, length).tolist() == reference[start : start + length].tolist()
        start += length


def test_passes_and_seeds_differ():
    first, second = EpochOrder(100, 0, CPU).rows(0, 200).view(2, 100)
    assert first.tolist() != second.tolist()
    assert first.tolist() != EpochOrder(100, 1, CPU).rows(0, 100).tolist()


@pytest.fixture
def arrays() -> dict[str, np.ndarray]:
    images = np.arange(20 * 4, dtype=np.uint8).reshape(20, 1, 2, 2)
    return {"images": images, "labels": np.arange(20)}


def rows(batches: list[dict[str, torch.Tensor]]) -> list[list[int]]:
    return [batch["labels"].tolist() for batch in batches]


def test_batches_are_rows_of_the_arrays_in_order(arrays):
    data = DeviceData(arrays, CPU, batch_size=6, batches_per_step=2, seed=3)
    order = EpochOrder(20, 3, CPU).rows(0, 24)
    first, second = data.batches(1)
    assert first["labels"].tolist() == order[12:18].tolist()
    assert second["labels"].tolist() == order[18:24].tolist()
    assert first["images"].dtype == torch.uint8
    assert np.array_equal(first["images"].numpy(), arrays["images"][order[12:18].numpy()])


def test_a_set_that_does_not_fit_gives_the_same_batches(arrays, monkeypatch, tmp_path):
    held = DeviceData(arrays, CPU, batch_size=7)
    assert held.on_device
    monkeypatch.setattr(module, "free_memory", lambda device: 0)
    np.save(tmp_path / "images.npy", arrays["images"])
    mapped = np.load(tmp_path / "images.npy", mmap_mode="r")
    streamed = DeviceData({**arrays, "images": mapped}, CPU, batch_size=7)
    assert not streamed.on_device
    for step in range(5):
        for ours, theirs in zip(held.batches(step), streamed.batches(step), strict=True):
            assert ours.keys() == theirs.keys()
            assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_processes_share_every_batch_without_overlap(arrays, monkeypatch):
    alone = DeviceData(arrays, CPU, batch_size=6, batches_per_step=2).batches(4)
    monkeypatch.setattr(module, "world_size", lambda: 3)
    shares = []
    for process in range(3):
        monkeypatch.setattr(module, "rank", lambda process=process: process)
        shares.append(DeviceData(arrays, CPU, batch_size=6, batches_per_step=2).batches(4))
    together = [list(chain(*(rows(share)[batch] for share in shares))) for batch in range(2)]
    assert together == rows(alone)


def test_data_that_cannot_be_batched_is_refused(arrays, monkeypatch):
    with pytest.raises(ValueError, match="equal lengths"):
        DeviceData({**arrays, "labels": np.arange(3)}, CPU, batch_size=2)
    with pytest.raises(ValueError, match=r"equal lengths of at least 1, got \{\}"):
        DeviceData({}, CPU, batch_size=2)
    with pytest.raises(ValueError, match="equal lengths of at least 1"):
        DeviceData({"images": np.zeros((0, 1))}, CPU, batch_size=2)
    monkeypatch.setattr(module, "world_size", lambda: 4)
    with pytest.raises(ValueError, match="multiple of the 4 processes, got 6"):
        DeviceData(arrays, CPU, batch_size=6)
