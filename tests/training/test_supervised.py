import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from kizu.training.context import StepContext
from kizu.training.ema import ExponentialMovingAverage
from kizu.training.loop import train
from kizu.training.optimizers import adamw
from kizu.training.randomness import seeded
from kizu.training.schedules import warmup_cosine
from kizu.training.settings import TrainingParameters
from kizu.training.supervised import SupervisedTask


def classifier() -> nn.Module:
    with seeded(0):
        return nn.Sequential(nn.Flatten(), nn.Linear(16, 3))


def test_learns_to_tell_bright_from_dark(tiny):
    model = classifier()
    task = SupervisedTask(
        model, adamw(model, 1e-1, 1e-3), F.cross_entropy, schedule=warmup_cosine(60, 5)
    )
    arrays = tiny.tiny_arrays(200)
    result = train(
        task, arrays, TrainingParameters(steps=60, batch_size=32, device="cpu", log_every=30)
    )
    assert result.history[-1]["accuracy"] > 0.9
    assert result.history[-1]["loss"] < result.history[0]["loss"]


def test_augmentation_sees_unit_images_and_the_runs_own_stream():
    model = classifier()
    seen = {}

    def augment(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        seen["range"] = (images.min().item(), images.max().item())
        seen["generator"] = generator
        return images.flip(3)

    task = SupervisedTask(model, adamw(model, 0.0, 0.0), F.cross_entropy, augment=augment)
    images = torch.from_numpy(np.arange(2 * 16, dtype=np.uint8).reshape(2, 1, 4, 4) * 8)
    images[0, 0, 0, 0], images[0, 0, 0, 1] = 0, 255
    labels = torch.tensor([0, 2])
    context = StepContext(torch.device("cpu"), torch.Generator())
    metrics = task.step([{"images": images, "labels": labels}], context)
    flipped = (images.float() / 127.5 - 1).flip(3)
    torch.testing.assert_close(metrics["loss"], F.cross_entropy(model(flipped), labels).detach())
    assert seen == {"range": (-1.0, 1.0), "generator": context.generator}


def test_mixed_targets_reach_the_loss_and_the_average_follows():
    model = classifier()
    average = ExponentialMovingAverage(model, 0.5)

    def mix(images, labels, generator):
        return images / 2, F.one_hot(labels, 3).flip(1).float()

    task = SupervisedTask(model, adamw(model, 0.0, 0.0), F.cross_entropy, mix=mix, average=average)
    images = torch.randint(0, 256, (4, 1, 4, 4), dtype=torch.uint8)
    labels = torch.tensor([0, 1, 2, 0])
    metrics = task.step(
        [{"images": images, "labels": labels}], StepContext(torch.device("cpu"), torch.Generator())
    )

    logits = model((images.float() / 127.5 - 1) / 2)
    expected = F.cross_entropy(logits, 2 - labels)
    torch.testing.assert_close(metrics["loss"], expected.detach())
    assert metrics["accuracy"] == (logits.argmax(1) == 2 - labels).float().mean()
    assert task.averages == {"model": average}
