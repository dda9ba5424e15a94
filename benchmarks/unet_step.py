"""One training step of a diffusion U-Net on the CPU, against diffusers and lucidrains.

32x32 color images, batch 32, channels 32, 64 and 128. Against diffusers' ``UNet2DModel`` with one
layer a block, attention at 16x16 in heads of 32 and norms over 8 groups, as the stage `diffusion`
has them: the same function and the same 2,587,491 parameters. Against
``denoising_diffusion_pytorch.Unet`` with its own attention at every size: 2,610,883 parameters.
A step draws timesteps and noise, noises the images, and takes the squared error of the predicted
noise, the backward pass and a fused AdamW update. Theirs are the plain loops around their own
scheduler or process, ours the training engine's denoising task, which also turns the bytes of the
images into floats. Each contestant has a process of its own, and a turn is five steps: training
takes its steps one after the other, while the first after another process' turn finds cold caches.

    pip install --no-deps -r benchmarks/requirements.txt
    python benchmarks/unet_step.py

Results: results/unet_step.json.
"""

import argparse
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from _timing import interleave, own_processes, report, require
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from kizu.diffusion.formulations import VariancePreserving, training_losses
from kizu.diffusion.schedules import build_schedule
from kizu.models.unet import UNet
from kizu.training.context import StepContext
from kizu.training.data import to_unit
from kizu.training.denoising import DenoisingTask
from kizu.training.optimizers import adamw

DIFFUSERS, LUCIDRAINS, OURS = "diffusers", "denoising-diffusion-pytorch", "kizu"
PRECISIONS = ("float32", "bfloat16")
BATCH_SIZE = 32
TIMESTEPS = 1000
GROUPS = 8
STEPS_A_TURN = 5
LEARNING_RATE = 1e-4
WEIGHT_DECAY = 0.0


def main() -> None:
    """Parse the command line, run the contestants in turn and write the results."""
    parser = argparse.ArgumentParser(description="A diffusion U-Net's step, side by side.")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    install = "Install it with: pip install --no-deps -r benchmarks/requirements.txt"
    require("diffusers", install)
    require("denoising_diffusion_pytorch", install)
    facts = {f"{name}, parameters": f"{_count(make()):,}" for name, make in NETWORKS.items()}
    facts |= {f"{name}, GFLOP an image": _gigaflops(make()) for name, make in NETWORKS.items()}
    seconds: dict[str, list[float]] = {}
    for precision in PRECISIONS:
        builders = {
            f"{name} {precision}": partial(_turn, build, options.threads, precision)
            for name, build in BUILDERS.items()
        }
        with own_processes(builders) as contestants:
            seconds |= interleave(contestants, options.rounds, warmup=2)
    for peer, factor in ((DIFFUSERS, 1.2), (LUCIDRAINS, 2.2)):
        report(
            f"unet_step_against_{peer.replace('-', '_')}",
            f"Diffusion U-Net, 32x32, {STEPS_A_TURN} steps at batch {BATCH_SIZE}, against {peer}",
            {name: runs for name, runs in seconds.items() if name.startswith((peer, OURS))},
            reference=f"{peer} float32",
            goals={f"{OURS} float32": factor},
            facts=facts,
        )


def ours() -> nn.Module:
    """Return our network."""
    return UNet(
        32,
        3,
        width=32,
        multipliers=(1, 2, 4),
        blocks_per_level=1,
        attention_sizes=(16,),
        groups=GROUPS,
    )


def diffusers() -> nn.Module:
    """Return diffusers' network of the same shape."""
    from diffusers import UNet2DModel

    return UNet2DModel(
        sample_size=32,
        block_out_channels=(32, 64, 128),
        layers_per_block=1,
        down_block_types=("DownBlock2D", "AttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "AttnUpBlock2D", "UpBlock2D"),
        attention_head_dim=32,
        norm_num_groups=GROUPS,
    )


def lucidrains() -> nn.Module:
    """Return lucidrains' network of the same widths."""
    from denoising_diffusion_pytorch import Unet

    return Unet(32, dim_mults=(1, 2, 4))


def _turn(
    build: Callable[[int, str], Callable[[], Any]], threads: int, precision: str
) -> Callable[[], None]:
    """Return what takes a turn of a contestant's steps."""
    step = build(threads, precision)

    def turn() -> None:
        for _ in range(STEPS_A_TURN):
            step()

    return turn


def build_ours(threads: int, precision: str) -> Callable[[], Any]:
    """Return a step of the denoising task, as the stage ``diffusion`` takes it."""
    images = _prepare(threads)
    network = ours().train().to(memory_format=torch.channels_last)
    formulation = VariancePreserving(build_schedule("linear", TIMESTEPS), "noise")
    task = DenoisingTask(
        network,
        adamw(network, LEARNING_RATE, WEIGHT_DECAY),
        partial(training_losses, formulation),
    )
    context = StepContext(torch.device("cpu"), torch.Generator(), precision)
    return lambda: task.step([{"images": images}], context)


def build_diffusers(threads: int, precision: str) -> Callable[[], Any]:
    """Return the loop's body of diffusers' training example."""
    from diffusers import DDPMScheduler

    images = to_unit(_prepare(threads))
    scheduler = DDPMScheduler(num_train_timesteps=TIMESTEPS)
    network = diffusers().train()

    def loss() -> torch.Tensor:
        noise = torch.randn(images.shape)
        timesteps = torch.randint(0, TIMESTEPS, (BATCH_SIZE,))
        noisy = scheduler.add_noise(images, noise, timesteps)
        with _autocast(precision):
            prediction = network(noisy, timesteps, return_dict=False)[0]
        return F.mse_loss(prediction.float(), noise)

    return _step(network, loss)


def build_lucidrains(threads: int, precision: str) -> Callable[[], Any]:
    """Return the loop's body of their trainer."""
    from denoising_diffusion_pytorch import GaussianDiffusion

    images = to_unit(_prepare(threads))
    process = GaussianDiffusion(
        lucidrains(),
        image_size=32,
        timesteps=TIMESTEPS,
        objective="pred_noise",
        beta_schedule="linear",
        auto_normalize=False,
    ).train()

    def loss() -> torch.Tensor:
        with _autocast(precision):
            return process(images)

    return _step(process, loss)


NETWORKS = {DIFFUSERS: diffusers, LUCIDRAINS: lucidrains, OURS: ours}
BUILDERS = {DIFFUSERS: build_diffusers, LUCIDRAINS: build_lucidrains, OURS: build_ours}


def _step(network: nn.Module, loss: Callable[[], torch.Tensor]) -> Callable[[], None]:
    optimizer = torch.optim.AdamW(
        network.parameters(), LEARNING_RATE, weight_decay=WEIGHT_DECAY, fused=True
    )

    def step() -> None:
        optimizer.zero_grad(set_to_none=True)
        loss().backward()
        optimizer.step()

    return step


def _prepare(threads: int) -> torch.Tensor:
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    return torch.randint(0, 256, (BATCH_SIZE, 3, 32, 32), dtype=torch.uint8)


def _autocast(precision: str) -> torch.autocast:
    return torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16")


def _count(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


def _gigaflops(network: nn.Module) -> float:
    """Of a forward pass, as PyTorch counts them."""
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(torch.zeros(1, 3, 32, 32), torch.zeros(1))
    return round(counter.get_total_flops() / 1e9, 3)


if __name__ == "__main__":
    main()
