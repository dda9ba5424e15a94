"""A thousand images by DPM-Solver++(2M) in 20 steps on the CPU, against diffusers' pipeline.

16x16 gray images from a U-Net of 32 and 64 channels, one layer a block, attention at 8x8: the same
parameters on both sides, with random weights, which cost the same. Theirs is ``DDPMPipeline`` with
their ``DPMSolverMultistepScheduler``, batch by batch; ours what the stage ``diffusion`` samples
with, from latents to uint8 images. Each contestant has a process of its own.

    pip install --no-deps -r benchmarks/requirements.txt
    python benchmarks/sampling.py

Results: results/sampling.json.
"""

import argparse
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from _timing import interleave, own_processes, report, require
from torch import nn

from kizu.diffusion.building import build_process
from kizu.diffusion.settings import ProcessParameters, SamplerParameters
from kizu.evaluation.diffusion_generation import DiffusionGenerator
from kizu.evaluation.generation import generate_images, sample_latents
from kizu.models.unet import UNet

PEER, OURS = "diffusers", "kizu"
STEPS = 20
BATCH_SIZE = 125


def main() -> None:
    """Parse the command line, run the contestants in turn and write the results."""
    parser = argparse.ArgumentParser(description="Sampling by DPM-Solver++, side by side.")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    require("diffusers", "Install it: pip install --no-deps -r benchmarks/requirements.txt")
    counts = [sum(p.numel() for p in make().parameters()) for make in (ours, theirs)]
    if counts[0] != counts[1]:
        raise SystemExit(f"Parameters differ, ours {counts[0]}, theirs {counts[1]}: no comparison.")
    builders = {
        PEER: partial(build_theirs, options.threads, options.images),
        OURS: partial(build_ours, options.threads, options.images),
    }
    with own_processes(builders) as contestants:
        seconds = interleave(contestants, options.rounds)
    report(
        "sampling",
        f"DPM-Solver++(2M), {STEPS} steps, {options.images} images of 16x16",
        seconds,
        reference=PEER,
        goals={OURS: 1.0},
        facts={"parameters, on both sides": f"{counts[0]:,}", "batch size": BATCH_SIZE},
    )


def ours() -> UNet:
    """Return our network."""
    return UNet(
        16, 1, width=32, multipliers=(1, 2), blocks_per_level=1, attention_sizes=(8,)
    ).eval()


def theirs() -> nn.Module:
    """Return diffusers' network of the same shape."""
    from diffusers import UNet2DModel

    return UNet2DModel(
        sample_size=16,
        in_channels=1,
        out_channels=1,
        block_out_channels=(32, 64),
        layers_per_block=1,
        down_block_types=("DownBlock2D", "AttnDownBlock2D"),
        up_block_types=("AttnUpBlock2D", "UpBlock2D"),
        attention_head_dim=32,
    ).eval()


def build_ours(threads: int, count: int) -> Callable[[], Any]:
    """Return the path from latents to images that evaluation takes."""
    torch.set_num_threads(threads)
    process = ProcessParameters.model_validate(
        {
            "schedule": {"name": "linear", "timesteps": 1000},
            "formulation": {
                "kind": "variance_preserving",
                "prediction": "noise",
                "weighting": "simple",
            },
        }
    )
    network = ours().to(memory_format=torch.channels_last)
    sampler = SamplerParameters(name="dpm_solver", steps=STEPS)
    generator: Any = DiffusionGenerator(network, *build_process(process), sampler)
    return lambda: generate_images(
        generator, sample_latents(count, generator.latent_dim, 0), batch_size=BATCH_SIZE
    )


def build_theirs(threads: int, count: int) -> Callable[[], Any]:
    """Return their pipeline, called until there are enough images."""
    from diffusers import DDPMPipeline, DPMSolverMultistepScheduler

    torch.set_num_threads(threads)
    pipeline = DDPMPipeline(theirs(), DPMSolverMultistepScheduler(num_train_timesteps=1000))
    pipeline.set_progress_bar_config(disable=True)

    def sample() -> None:
        stream = torch.Generator().manual_seed(0)
        for _ in range(0, count, BATCH_SIZE):
            pipeline(
                batch_size=BATCH_SIZE,
                generator=stream,
                num_inference_steps=STEPS,
                output_type="np",
            )

    return sample


if __name__ == "__main__":
    main()
