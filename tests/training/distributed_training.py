"""Run by torchrun: trains in several processes and writes what each of them ended with."""

import contextlib
import sys
from pathlib import Path
from runpy import run_path

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import nn

from kizu.training.loop import train
from kizu.training.optimizers import adamw
from kizu.training.randomness import seeded
from kizu.training.settings import TrainingParameters
from kizu.training.supervised import SupervisedTask


def supervised() -> SupervisedTask:
    """A classifier without randomness, so that only the split of the batch can differ."""
    with seeded(0):
        model = nn.Sequential(nn.Flatten(), nn.Linear(16, 8), nn.ReLU(), nn.Linear(8, 3))
    return SupervisedTask(model, adamw(model, 1e-2, 1e-2), F.cross_entropy)


SETTINGS = TrainingParameters(
    steps=20, batch_size=8, device="cpu", log_every=6, checkpoint_every=5, gradient_clip=1.0
)


def main(output: Path) -> None:
    torch.set_num_threads(1)
    tiny = run_path(str(Path(__file__).with_name("tiny_training.py")))
    arrays = tiny["tiny_arrays"]()

    task = supervised()
    history = train(task, arrays, SETTINGS).history

    whole, killed, resumed = (tiny["tiny_task"]() for _ in range(3))
    gan_history = train(whole, arrays, SETTINGS).history

    def die() -> None:
        raise InterruptedError

    with contextlib.suppress(InterruptedError):
        train(tiny["DyingTask"](killed, 12, die), arrays, SETTINGS, output / "checkpoints")
    resumed_history = train(resumed, arrays, SETTINGS, output / "checkpoints").history

    result = {
        "model": task.model.state_dict(),
        "history": history,
        "gan": tiny["weights"](whole),
        "gan_history": gan_history,
        "resumed": tiny["weights"](resumed),
        "resumed_history": resumed_history,
    }
    torch.save(result, output / f"rank{dist.get_rank() if dist.is_initialized() else 0}.pt")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
