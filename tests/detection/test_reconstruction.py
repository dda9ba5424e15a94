"""Training of autoencoders, on an autoencoder whose best weights are known in closed form."""

import numpy as np
import pytest
import torch
from torch import nn

from kizu.detection.reconstruction import train_autoencoder
from kizu.training.settings import TrainingParameters


@pytest.mark.parametrize("noise", [0.0, 1.0, 2.0])
def test_a_linear_autoencoder_learns_to_shrink_as_wiener_did(noise):
    # Of x ~ N(0, 1) seen as x + noise, the best estimate is x / (1 + noise²).
    items = np.random.default_rng(0).normal(size=(4096, 3)).astype(np.float32)
    training = TrainingParameters(steps=400, batch_size=512, device="cpu")
    torch.manual_seed(0)
    linear = nn.Linear(3, 3)
    train_autoencoder(
        "linear",
        linear,
        items,
        learning_rate=0.02,
        training=training,
        checkpoints=None,
        noise=noise,
    )
    wanted = torch.eye(3) / (1 + noise**2)
    torch.testing.assert_close(linear.weight.detach(), wanted, atol=0.03, rtol=0)
