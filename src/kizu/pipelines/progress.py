"""A generator while it trains: pictures and weights, kept beside its checkpoints until the end."""

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import save
from torch import Tensor

from kizu.evaluation.generation import (
    generate_rows,
    interpolate_latents,
    row_count,
    sample_latents,
)
from kizu.models.attention import attention_maps
from kizu.models.gan import Discriminator, Generator
from kizu.reporting.attention_figures import attention_figure
from kizu.reporting.gallery import Exhibit, exhibit
from kizu.reporting.grids import image_grid
from kizu.reporting.pictures import encode_png
from kizu.training.distributed import rank

# Images whose attention is shown, and columns of a path between two latents.
_ATTENDING = 4
_PATH_COLUMNS = 10


class Progress:
    """Saves samples, paths between latents and the weights whenever training asks for it.

    The latents are the same each time, so that one sees what training did to them. A run that
    was killed finds the files of its first part in the folder, where they lie beside the
    checkpoints.

    Args:
        generator: the one to sample from, such as an average.
        folder: of this training.
        columns: samples a class.
        seed: of the latents.
        batch_size: images at a time.
    """

    def __init__(
        self, generator: Generator, folder: Path, *, columns: int, seed: int, batch_size: int
    ) -> None:
        self._generator = generator
        self._folder = folder
        self._batch_size = batch_size
        rows = row_count(generator)
        latents = sample_latents(rows * columns, generator.latent_dim, seed)
        starts, ends = sample_latents(2 * rows, generator.latent_dim, seed).chunk(2)
        self._latents = {
            "samples": latents.view(rows, columns, -1),
            "paths": interpolate_latents(starts, ends, _PATH_COLUMNS),
        }

    def draw(self, step: int) -> Mapping[str, float]:
        """Save pictures and weights of a step; called by the engine as its evaluation.

        Returns:
            Nothing for the history.
        """
        files = {
            f"{kind}_{step:09d}.png": self._picture(latents)
            for kind, latents in self._latents.items()
        }
        weights = self._generator.state_dict()
        files[f"{step:09d}.safetensors"] = save(
            {name: tensor.cpu().contiguous() for name, tensor in weights.items()}
        )
        if rank() == 0:
            self._folder.mkdir(parents=True, exist_ok=True)
            for name, content in files.items():
                (self._folder / name).write_bytes(content)
        return {}

    def snapshots(self) -> dict[str, Path]:
        """The weights of all steps so far, by file name."""
        return {file.name: file for file in sorted(self._folder.glob("*.safetensors"))}

    def exhibits(self) -> list[Exhibit]:
        """The pictures of all steps so far, samples first."""
        titles = {
            "samples": ("Samples", "The same latents at every step, a class a row."),
            "paths": ("Paths between latents", "From one latent to another, a class a row."),
        }
        shown = []
        for kind, (title, caption) in titles.items():
            for file in sorted(self._folder.glob(f"{kind}_*.png")):
                step = int(file.stem.removeprefix(f"{kind}_"))
                name = f"{kind}_step_{step}"
                shown.append(Exhibit(name, f"{title}, step {step}", caption, file.read_bytes()))
        return shown

    def _picture(self, latents: Tensor) -> bytes:
        images = generate_rows(self._generator, latents, batch_size=self._batch_size)
        return encode_png(image_grid(images, columns=latents.shape[1]))


@torch.no_grad()
def attention_exhibits(
    generator: Generator, discriminator: Discriminator, *, seed: int
) -> list[Exhibit]:
    """What the attention layers of both networks look at, in a few generated images.

    Args:
        generator: in evaluation mode.
        discriminator: in evaluation mode, on the same device.
        seed: of the latents.

    Returns:
        An exhibit for each layer; none for networks without attention.
    """
    device = next(generator.parameters()).device
    latent = sample_latents(_ATTENDING, generator.latent_dim, seed).to(device)
    classes = generator.class_count
    labels = torch.arange(_ATTENDING, device=device) % classes if classes else None
    images = generator(latent, labels)
    maps = {
        f"{network}_{layer.replace('.', '_')}": found
        for network, by_layer in (
            ("generator", attention_maps(generator, latent, labels)),
            ("discriminator", attention_maps(discriminator, images, labels)),
        )
        for layer, found in by_layer.items()
    }
    pictures = images.float().add(1).mul(127.5).round().clamp(0, 255).byte().cpu().numpy()
    return [
        exhibit(
            f"attention_{name}",
            f"Attention in {name}",
            "Left a generated image with four marked places; beside it, for each of them, where "
            "the layer looks.",
            attention_figure(pictures, found.float().cpu().numpy()),
        )
        for name, found in maps.items()
    ]
