"""AnoGAN's latent search: all images at once against one image at a time.

All run the same function with the same steps, restarts and candidates on the networks of the
built-in configuration, in the same layout. The loop gets them as they were trained; the detector
folds them for its search, and what that gives a loop is shown too. The weights are random: the
search costs the same. `python benchmarks/anogan_search.py`, about three minutes on four cores.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import torch
import yaml
from _timing import interleave, report

from kizu.detection.images.gan_parameters import AnoGanParameters
from kizu.detection.images.latent_search import search_latents, starting_latents
from kizu.models.folding import folded
from kizu.models.gan import build_gan

CONFIGURATION = Path(__file__).parents[1] / "conf" / "base" / "parameters_detect_images.yml"
IMAGE_SIZE = 16
BATCHED, LOOP, FOLDED_LOOP = "batched", "one at a time", "one at a time, folded"
# Enough of each for the same order of magnitude of time.
COUNTS = {LOOP: 8, FOLDED_LOOP: 8, BATCHED: 256}


def main() -> None:
    """Run them in turn and report the time per 1,000 images."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--threads", type=int, default=torch.get_num_threads())
    options = arguments.parse_args()
    torch.set_num_threads(options.threads)

    parameters = _parameters()
    seconds = interleave(_contestants(parameters), options.rounds)
    per_thousand = {
        name: [1000 * run / COUNTS[name] for run in runs] for name, runs in seconds.items()
    }
    report(
        "anogan_search",
        "AnoGAN latent search, seconds per 1,000 images of 16x16",
        per_thousand,
        reference=LOOP,
        goals={BATCHED: 30},
        facts={
            "steps": parameters.search.steps,
            "restarts": parameters.search.restarts,
            "candidates": parameters.search.candidates,
            "images_batched": COUNTS[BATCHED],
        },
    )


def _parameters() -> AnoGanParameters:
    stages = yaml.safe_load(CONFIGURATION.read_text(encoding="utf-8"))
    return AnoGanParameters.model_validate(stages["detect_images"]["anogan"])


def _contestants(parameters: AnoGanParameters) -> dict[str, Callable[[], None]]:
    torch.manual_seed(0)
    gan = parameters.gan
    generator, discriminator = build_gan(
        gan.family,
        image_size=IMAGE_SIZE,
        channels=1,
        latent_dim=gan.latent_dim,
        generator_width=gan.generator_width,
        discriminator_width=gan.discriminator_width,
    )
    trained = [
        network.to(memory_format=torch.channels_last) for network in (generator, discriminator)
    ]
    # As the detector searches them.
    searched = [folded(network).to(memory_format=torch.channels_last) for network in trained]
    images = torch.rand(COUNTS[BATCHED], 1, IMAGE_SIZE, IMAGE_SIZE) * 2 - 1
    candidates = starting_latents(parameters.search.candidates, gan.latent_dim, seed=0)

    def search(networks: list[torch.nn.Module], batch_size: int, count: int) -> None:
        for batch in images[:count].split(batch_size):
            search_latents(*networks, batch, candidates, parameters.search)

    return {
        LOOP: lambda: search(trained, 1, COUNTS[LOOP]),
        FOLDED_LOOP: lambda: search(searched, 1, COUNTS[FOLDED_LOOP]),
        BATCHED: lambda: search(searched, COUNTS[BATCHED], COUNTS[BATCHED]),
    }


if __name__ == "__main__":
    main()
