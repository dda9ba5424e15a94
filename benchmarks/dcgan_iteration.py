"""One DCGAN iteration on the CPU, against the plain PyTorch way: 64x64 color images, batch 64.

An iteration is one discriminator and one generator update, cross entropy and Adam, of the networks
of Radford et al. 2016. The plain way is a script such as PyTorch's DCGAN example: modules in a row,
a sigmoid at the end, reals and fakes in two backward passes, the fakes used again for the
generator's update, losses read at every iteration. Ours is the training engine's adversarial task
on our networks, as the `gan` stage runs it, in float32 and in bfloat16. Each contestant has a
process of its own.

One difference in kind remains: ours draws fresh fakes for the generator's update, which costs one
more pass through the generator.

    python benchmarks/dcgan_iteration.py

Results: results/dcgan_iteration.json.
"""

import argparse
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any

import torch
from _timing import interleave, own_processes, report
from torch import Tensor, nn

from kizu.models.dcgan import DcganDiscriminator, DcganGenerator
from kizu.objectives.adversarial import ADVERSARIAL
from kizu.training.adversarial import AdversarialTask
from kizu.training.context import StepContext
from kizu.training.game import discriminator_objective, generator_objective
from kizu.training.optimizers import adam

PEER, OURS, OURS_LOW = "plain float32", "kizu float32", "kizu bfloat16"
SIZE, CHANNELS, LATENT_DIM, WIDTH = 64, 3, 100, 64
BATCH_SIZE = 64
LEARNING_RATE = 2e-4
BETAS = (0.5, 0.999)
# Channels of the feature maps of 4x4 to 32x32 pixels.
WIDTHS = (8 * WIDTH, 4 * WIDTH, 2 * WIDTH, WIDTH)


def main() -> None:
    """Parse the command line, run the contestants in turn and write the results."""
    parser = argparse.ArgumentParser(description="A DCGAN iteration, side by side.")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    builders = {
        PEER: partial(build_plain, options.threads),
        OURS: partial(build_ours, options.threads, "float32"),
        OURS_LOW: partial(build_ours, options.threads, "bfloat16"),
    }
    with own_processes(builders) as contestants:
        seconds = interleave(contestants, options.rounds)
    counts = {
        "parameters of generator and discriminator, plain": (plain_generator, plain_discriminator),
        "ours, with biases where no normalization follows": (our_generator, our_discriminator),
    }
    report(
        "dcgan_iteration",
        f"DCGAN {SIZE}x{SIZE}, one iteration (batch {BATCH_SIZE}) on the CPU",
        seconds,
        reference=PEER,
        goals={},
        facts={
            name: ", ".join(f"{_count(make()):,}" for make in networks)
            for name, networks in counts.items()
        },
    )


def our_generator() -> nn.Module:
    """Return our generator."""
    return DcganGenerator(SIZE, CHANNELS, latent_dim=LATENT_DIM, width=WIDTH)


def our_discriminator() -> nn.Module:
    """Return our discriminator."""
    return DcganDiscriminator(SIZE, CHANNELS, width=WIDTH)


def plain_generator() -> nn.Module:
    """Return the plain generator: (N, latent_dim, 1, 1) to (N, C, H, W)."""
    layers: list[nn.Module] = [nn.ConvTranspose2d(LATENT_DIM, WIDTHS[0], 4, 1, 0, bias=False)]
    for wide, narrow in pairwise(WIDTHS):
        layers += [nn.BatchNorm2d(wide), nn.ReLU(True)]
        layers += [nn.ConvTranspose2d(wide, narrow, 4, 2, 1, bias=False)]
    layers += [nn.BatchNorm2d(WIDTH), nn.ReLU(True)]
    layers += [nn.ConvTranspose2d(WIDTH, CHANNELS, 4, 2, 1, bias=False), nn.Tanh()]
    return nn.Sequential(*layers)


def plain_discriminator() -> nn.Module:
    """Return the plain discriminator: (N, C, H, W) to probabilities (N, 1, 1, 1)."""
    layers: list[nn.Module] = [nn.Conv2d(CHANNELS, WIDTH, 4, 2, 1, bias=False)]
    layers += [nn.LeakyReLU(0.2, inplace=True)]
    for narrow, wide in pairwise(reversed(WIDTHS)):
        layers += [nn.Conv2d(narrow, wide, 4, 2, 1, bias=False)]
        layers += [nn.BatchNorm2d(wide), nn.LeakyReLU(0.2, inplace=True)]
    layers += [nn.Conv2d(WIDTHS[0], 1, 4, 1, 0, bias=False), nn.Sigmoid()]
    return nn.Sequential(*layers)


def build_plain(threads: int) -> Callable[[], Any]:
    """Return the body of a plain training loop."""
    images = _prepare(threads).float() / 127.5 - 1
    generator, discriminator = plain_generator().train(), plain_discriminator().train()
    generator_optimizer, discriminator_optimizer = (
        torch.optim.Adam(network.parameters(), LEARNING_RATE, betas=BETAS)
        for network in (generator, discriminator)
    )
    loss = nn.BCELoss()
    real, fake = torch.ones(BATCH_SIZE), torch.zeros(BATCH_SIZE)

    def judge(pictures: Tensor, target: Tensor) -> Tensor:
        value: Tensor = loss(discriminator(pictures).view(-1), target)
        value.backward()
        return value

    def iterate() -> tuple[float, float]:
        discriminator.zero_grad()
        on_reals = judge(images, real)
        drawn = generator(torch.randn(BATCH_SIZE, LATENT_DIM, 1, 1))
        on_fakes = judge(drawn.detach(), fake)
        discriminator_optimizer.step()
        generator.zero_grad()
        deceived = judge(drawn, real)
        generator_optimizer.step()
        return (on_reals + on_fakes).item(), deceived.item()

    return iterate


def build_ours(threads: int, precision: str) -> Callable[[], Any]:
    """Return a step of the adversarial task."""
    batches = [{"images": _prepare(threads)}]
    generator, discriminator = (
        make().train().to(memory_format=torch.channels_last)
        for make in (our_generator, our_discriminator)
    )
    objective = ADVERSARIAL["cross_entropy"]
    task = AdversarialTask(
        generator,
        discriminator,
        generator_terms=[generator_objective(objective.generator)],
        discriminator_terms=[discriminator_objective(objective.discriminator)],
        generator_optimizer=adam(generator.parameters(), LEARNING_RATE, BETAS),
        discriminator_optimizer=adam(discriminator.parameters(), LEARNING_RATE, BETAS),
    )
    context = StepContext(torch.device("cpu"), torch.Generator(), precision)
    return lambda: task.step(batches, context)


def _prepare(threads: int) -> Tensor:
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    shape = (BATCH_SIZE, CHANNELS, SIZE, SIZE)
    return torch.randint(0, 256, shape, dtype=torch.uint8)


def _count(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


if __name__ == "__main__":
    main()
