import numpy as np
import pytest
import torch
from torch import nn

from kizu.training.context import StepContext
from kizu.training.denoising import DenoisingTask
from kizu.training.ema import ExponentialMovingAverage
from kizu.training.loop import train
from kizu.training.optimizers import adamw
from kizu.training.randomness import seeded
from kizu.training.settings import TrainingParameters

SETTINGS = {"batch_size": 8, "device": "cpu", "log_every": 5, "checkpoint_every": 7}


class Flat(nn.Module):
    """One picture for each class, the last one for none."""

    def __init__(self, class_count: int = 3) -> None:
        super().__init__()
        self.class_count = class_count
        self.pictures = nn.Embedding(class_count + 1, 16)
        self.dropout = nn.Dropout(0.1)

    def forward(self, labels: torch.Tensor) -> torch.Tensor:
        return self.dropout(self.pictures(labels)).view(-1, 1, 4, 4)


def losses(network, clean, labels, generator):
    noise = torch.randn(clean.shape, generator=generator)
    if labels is None:
        labels = torch.zeros(len(clean), dtype=torch.int64)
    return (network(labels) - clean - 0.1 * noise).square().flatten(1).mean(1)


def task(label_dropout=0.25):
    with seeded(1):
        network = Flat()
    return DenoisingTask(
        network,
        adamw(network, 0.05, 0.0),
        losses,
        label_dropout=label_dropout,
        average=ExponentialMovingAverage(network, 0.9),
        schedule=lambda step: 0.99**step,
    )


def context():
    return StepContext(torch.device("cpu"), torch.Generator())


def test_learns_every_class_and_the_mean_of_all(tiny):
    trained = task()
    arrays = tiny.tiny_arrays(60)
    settings = TrainingParameters(steps=150, seed=0, **SETTINGS)
    history = train(trained, arrays, settings).history
    assert history[-1]["loss"] < history[0]["loss"] / 3
    network = trained.averages["network"].network
    pictures = network(torch.arange(4)).flatten(1).mean(1)
    images, labels = arrays["images"] / 127.5 - 1, arrays["labels"]
    expected = [images[labels == label].mean() for label in range(3)] + [images.mean()]
    np.testing.assert_allclose(pictures.numpy(), expected, atol=0.15)


def test_drops_the_share_of_labels_it_was_asked_to():
    seen = []

    def spy(network, clean, labels, generator):
        seen.append(labels)
        return losses(network, clean, labels, generator)

    trained = task(label_dropout=0.25)
    trained.losses = spy
    labels = torch.arange(8000) % 3
    batch = {"images": torch.zeros(8000, 1, 4, 4, dtype=torch.uint8), "labels": labels}
    trained.step([batch], context())
    dropped = seen[0] == 3
    assert float(dropped.float().mean()) == pytest.approx(0.25, abs=0.02)
    assert torch.equal(seen[0][~dropped], labels[~dropped])
    assert torch.equal(labels, torch.arange(8000) % 3)


def test_a_network_without_classes_hears_of_none():
    class Plain(Flat):
        def __init__(self) -> None:
            super().__init__()
            self.class_count = 0

    heard = []

    def spy(network, clean, labels, generator):
        heard.append(labels)
        assert float(clean.min()) == -1
        return losses(network, clean, labels, generator)

    network = Plain()
    trained = DenoisingTask(network, adamw(network, 0.1, 0.0), spy)
    trained.step([{"images": torch.zeros(4, 1, 4, 4, dtype=torch.uint8)}], context())
    assert heard == [None]


def test_a_resumed_training_gives_the_same_bits(tiny, tmp_path):
    arrays = tiny.tiny_arrays(20)
    settings = TrainingParameters(steps=20, **SETTINGS)
    whole = task()
    train(whole, arrays, settings)

    def die():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(tiny.DyingTask(task(), 12, die), arrays, settings, tmp_path)
    resumed = task()
    train(resumed, arrays, settings, tmp_path)
    expected, found = tiny.weights(whole), tiny.weights(resumed)
    assert all(torch.equal(expected[name], found[name]) for name in expected)
    assert resumed.averages["network"].updates == 20


def test_names_what_is_wrong():
    with pytest.raises(ValueError, match=r"label_dropout must be in \[0, 1\), got 1"):
        task(label_dropout=1)
    network = nn.Linear(1, 1)
    with pytest.raises(ValueError, match=r"label_dropout is 0\.1, but the network knows no class"):
        DenoisingTask(network, adamw(network, 0.1, 0.0), losses, label_dropout=0.1)
