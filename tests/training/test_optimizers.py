import subprocess
import sys

import pytest
import torch
from torch import nn

from kizu.training.optimizers import adam, adamw, adamw_at_rates, sgd_at_rates


def pair() -> tuple[nn.Module, nn.Module]:
    torch.manual_seed(0)
    first, second = nn.Linear(5, 3), nn.Linear(5, 3)
    second.load_state_dict(first.state_dict())
    return first, second


@pytest.mark.parametrize("name", ["adam", "adamw"])
def test_steps_as_pytorchs_own(name):
    ours, theirs = pair()
    if name == "adam":
        optimizer = adam(ours.parameters(), 1e-2, (0.5, 0.9))
        reference = torch.optim.Adam(theirs.parameters(), 1e-2, (0.5, 0.9), fused=False)
    else:
        optimizer = adamw(ours, 1e-2, 0.3)
        reference = torch.optim.AdamW(
            [
                {"params": [theirs.weight], "weight_decay": 0.3},
                {"params": [theirs.bias], "weight_decay": 0.0},
            ],
            1e-2,
            fused=False,
        )
    for _ in range(5):
        inputs = torch.randn(4, 5)
        for network, stepped in ((ours, optimizer), (theirs, reference)):
            stepped.zero_grad()
            network(inputs).square().sum().backward()
            stepped.step()
    torch.testing.assert_close(ours.state_dict(), theirs.state_dict(), rtol=1e-5, atol=1e-7)


def test_every_part_moves_at_its_own_rate():
    ours, theirs = pair()
    optimizer = sgd_at_rates([([ours.weight], 1e-1), ([ours.bias], 1e-2)], 0.3, momentum=0.9)
    reference = torch.optim.SGD(
        [
            {"params": [theirs.weight], "lr": 1e-1, "weight_decay": 0.3},
            {"params": [theirs.bias], "lr": 1e-2},
        ],
        momentum=0.9,
    )
    for _ in range(5):
        inputs = torch.randn(4, 5)
        for network, stepped in ((ours, optimizer), (theirs, reference)):
            stepped.zero_grad()
            network(inputs).square().sum().backward()
            stepped.step()
    torch.testing.assert_close(ours.state_dict(), theirs.state_dict(), rtol=1e-5, atol=1e-7)


def test_parts_of_one_rate_make_the_groups_of_the_whole():
    network = nn.Sequential(nn.Linear(5, 3), nn.Linear(3, 2))
    parts = [(layer.parameters(), 1e-3) for layer in network]
    for first, second in zip(
        adamw_at_rates(parts, 0.1).param_groups, adamw(network, 1e-3, 0.1).param_groups, strict=True
    ):
        assert list(map(id, first.pop("params"))) == list(map(id, second.pop("params")))
        assert first == second


def test_training_does_not_import_the_compiler(tiny, tmp_path):
    program = (
        "import runpy, sys; from pathlib import Path\n"
        f"tiny = runpy.run_path({str(tiny.SCRIPT)!r})\n"
        "from kizu.training.loop import train\n"
        "from kizu.training.settings import TrainingParameters\n"
        "settings = TrainingParameters(steps=2, batch_size=4, device='cpu')\n"
        f"train(tiny['tiny_task'](), tiny['tiny_arrays'](), settings, Path({str(tmp_path)!r}))\n"
        "assert 'torch._dynamo' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)
