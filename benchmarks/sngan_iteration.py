"""One SNGAN iteration on the CPU, against torch-mimicry: ResNet at 32, 48 and 128 pixels, n_dis 5.

An iteration is five discriminator updates and one generator update, hinge loss and Adam, at equal
parameter counts. Theirs is the body of their trainer's loop: their networks' own ``train_step``
methods with their own losses, their metric log, and the optimizers of their README. Ours is the
training engine's adversarial task on our networks, as the ``gan`` stage runs it, in float32 and in
bfloat16. Each contestant has a process of its own.

One difference in kind remains: their generator upsamples bilinearly, ours by nearest neighbor as
the paper does.

    pip install --no-deps torch-mimicry==0.1.16
    python benchmarks/sngan_iteration.py

Results: results/sngan_iteration_<size>.json.
"""

import argparse
import importlib
import importlib.util
import sys
import types
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch
from _timing import interleave, own_processes, report, require
from torch import nn

from kizu.models.sngan_resnet import SnganResnetDiscriminator, SnganResnetGenerator
from kizu.objectives.adversarial import ADVERSARIAL
from kizu.training.adversarial import AdversarialTask
from kizu.training.context import StepContext
from kizu.training.game import discriminator_objective, generator_objective
from kizu.training.optimizers import adam

PEER, OURS, OURS_LOW = "torch-mimicry float32", "kizu float32", "kizu bfloat16"
# Smaller where an image costs more, so that an iteration stays below a minute on one core.
BATCH_SIZES = {32: 64, 48: 32, 128: 4}
# Only the smallest size has one.
GOALS = {32: {OURS: 1.7, OURS_LOW: 4.0}}
DISCRIMINATOR_STEPS = 5
LEARNING_RATE = 2e-4
BETAS = (0.0, 0.9)


def main() -> None:
    """Parse the command line, run the contestants in turn and write the results."""
    parser = argparse.ArgumentParser(description="An SNGAN iteration, side by side.")
    parser.add_argument("--sizes", type=int, nargs="+", choices=BATCH_SIZES, default=[*BATCH_SIZES])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    require("torch_mimicry", "Install it with: pip install --no-deps torch-mimicry==0.1.16")
    for size in options.sizes:
        compare(size, options.rounds, options.threads)


def compare(size: int, rounds: int, threads: int) -> None:
    """Run the contestants in turn on images of one size, and write the result."""
    counts = [
        ", ".join(f"{_count(network):,}" for network in make(size)) for make in (ours, theirs)
    ]
    if counts[0] != counts[1]:
        raise SystemExit(f"Parameters differ, ours {counts[0]}, theirs {counts[1]}: no comparison.")
    builders = {
        PEER: partial(build_theirs, size, threads),
        OURS: partial(build_ours, size, threads, "float32"),
        OURS_LOW: partial(build_ours, size, threads, "bfloat16"),
    }
    with own_processes(builders) as contestants:
        seconds = interleave(contestants, rounds)
    report(
        f"sngan_iteration_{size}",
        f"SNGAN ResNet {size}x{size}, one iteration (n_dis 5, batch {BATCH_SIZES[size]}) on the "
        "CPU",
        seconds,
        reference=PEER,
        goals=GOALS.get(size, {}),
        facts={"parameters of generator and discriminator, on both sides": counts[0]},
    )


def ours(size: int) -> tuple[nn.Module, nn.Module]:
    """Return our generator and discriminator, with the bias that theirs has on its head."""
    return SnganResnetGenerator(size, 3), SnganResnetDiscriminator(size, 3, head_bias=True)


def theirs(size: int) -> tuple[nn.Module, nn.Module]:
    """Return their generator and discriminator."""
    sngan = _import_mimicry(f"nets.sngan.sngan_{size}")
    return (
        getattr(sngan, f"SNGANGenerator{size}")(),
        getattr(sngan, f"SNGANDiscriminator{size}")(),
    )


def build_ours(size: int, threads: int, precision: str) -> Callable[[], Any]:
    """Return a step of the adversarial task."""
    batches = [{"images": images} for images in _prepare(size, threads)]
    generator, discriminator = (
        network.train().to(memory_format=torch.channels_last) for network in ours(size)
    )
    objective = ADVERSARIAL["hinge"]
    task = AdversarialTask(
        generator,
        discriminator,
        generator_terms=[generator_objective(objective.generator)],
        discriminator_terms=[discriminator_objective(objective.discriminator)],
        generator_optimizer=adam(generator.parameters(), LEARNING_RATE, BETAS),
        discriminator_optimizer=adam(discriminator.parameters(), LEARNING_RATE, BETAS),
        discriminator_steps=DISCRIMINATOR_STEPS,
    )
    context = StepContext(torch.device("cpu"), torch.Generator(), precision)
    return lambda: task.step(batches, context)


def build_theirs(size: int, threads: int) -> Callable[[], Any]:
    """Return the loop's body of ``torch_mimicry.training.Trainer.train``."""
    images = _prepare(size, threads).float() / 127.5 - 1
    labels = torch.zeros(BATCH_SIZES[size], dtype=torch.int64)
    generator, discriminator = theirs(size)
    generator_optimizer, discriminator_optimizer = (
        torch.optim.Adam(network.parameters(), LEARNING_RATE, betas=BETAS)
        for network in (generator, discriminator)
    )
    metric_log = _import_mimicry("training.metric_log")
    common = {"global_step": 0, "device": torch.device("cpu"), "scaler": None}

    def iterate() -> None:
        log = metric_log.MetricLog()
        for batch in images:
            log = discriminator.train_step(
                real_batch=(batch, labels),
                netG=generator,
                optD=discriminator_optimizer,
                log_data=log,
                **common,
            )
        generator.train_step(
            real_batch=(images[-1], labels),
            netD=discriminator,
            optG=generator_optimizer,
            log_data=log,
            **common,
        )

    return iterate


def _prepare(size: int, threads: int) -> torch.Tensor:
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    shape = (DISCRIMINATOR_STEPS, BATCH_SIZES[size], 3, size, size)
    return torch.randint(0, 256, shape, dtype=torch.uint8)


def _import_mimicry(name: str) -> Any:
    """Import one module of torch-mimicry without what its packages import.

    Their ``__init__`` files reach the metrics and with them TensorFlow; empty parents in their
    place keep those from running.
    """
    if "torch_mimicry" not in sys.modules:
        spec = importlib.util.find_spec("torch_mimicry")
        (root,) = spec.submodule_search_locations
        for package in ("", ".nets", ".nets.basemodel", ".nets.gan", ".nets.sngan", ".training"):
            parent = types.ModuleType("torch_mimicry" + package)
            parent.__path__ = [str(Path(root, *package.split(".")))]
            sys.modules[parent.__name__] = parent
    return importlib.import_module(f"torch_mimicry.{name}")


def _count(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


if __name__ == "__main__":
    main()
