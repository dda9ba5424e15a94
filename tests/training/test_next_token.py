import numpy as np
import pytest
import torch
from torch import nn

from kizu.training.context import StepContext
from kizu.training.loop import train
from kizu.training.next_token import NO_TOKEN, NextTokenTask
from kizu.training.optimizers import adamw
from kizu.training.settings import TrainingParameters


class Bigrams(nn.Module):
    """Logits of the next token, from the last one alone."""

    def __init__(self):
        super().__init__()
        self.table = nn.Parameter(torch.zeros(4, 4))

    def forward(self, tokens):
        return self.table[tokens]


def make_task():
    model = Bigrams()
    return NextTokenTask(model, adamw(model, 0.1, 0.0), lambda step: 1.0)


def test_loss_counts_the_targets_but_for_the_first():
    task = make_task()
    with torch.no_grad():
        task.model.table[:] = torch.arange(16.0).view(4, 4).sin()
    logs = task.model.table.detach().log_softmax(1)
    expected = -(logs[2, 3] + logs[3, 0]) / 2
    batch = {
        "tokens": torch.tensor([[1, 2, 3], [3, 0, NO_TOKEN]], dtype=torch.int32),
        "targets": torch.tensor([[1, NO_TOKEN, 3], [3, 0, NO_TOKEN]], dtype=torch.int32),
    }
    context = StepContext(torch.device("cpu"), torch.Generator())
    assert float(task.step([batch], context)["loss"]) == pytest.approx(float(expected))


def test_learns_the_frequencies_of_what_follows():
    task = make_task()
    sequences = np.array([[0, 1, 2], [0, 1, 3], [0, 2, NO_TOKEN], [0, 1, 2]], np.int64)
    settings = TrainingParameters(steps=300, batch_size=4, device="cpu")
    train(task, {"tokens": sequences, "targets": sequences}, settings)
    learned = task.model.table.detach().softmax(1)
    torch.testing.assert_close(learned[0], torch.tensor([0, 0.75, 0.25, 0]), atol=0.01, rtol=0)
    torch.testing.assert_close(learned[1], torch.tensor([0, 0, 2 / 3, 1 / 3]), atol=0.01, rtol=0)
