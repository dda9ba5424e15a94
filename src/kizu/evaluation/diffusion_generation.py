"""Images from a diffusion model, through the same functions as images from a GAN."""

import zlib
from typing import cast

import torch
from torch import Tensor, nn

from kizu.diffusion.building import build_denoiser, build_process, build_sampler, build_walk
from kizu.diffusion.formulations import Formulation
from kizu.diffusion.schedules import NoiseSchedule
from kizu.diffusion.settings import ProcessParameters, SamplerParameters
from kizu.models.dit import DiffusionTransformer
from kizu.models.serialization import Artifact, unpack
from kizu.models.unet import UNet

DenoisingNetwork = UNet | DiffusionTransformer
NETWORKS = (UNet, DiffusionTransformer)


class DiffusionGenerator(nn.Module):
    """A sampler in the form of a generator: latents and labels in, images in [-1, 1] out.

    The latent is the noise that sampling starts from, so `kizu.evaluation.generation` draws,
    interpolates and batches it as it does for a GAN. A sampler that adds noise of its own draws it
    from a stream whose seed is a checksum of the latents: the same call gives the same images.

    Attributes:
        latent_dim: pixels of an image, all channels.
        class_count: 0 for an unconditional network.

    Args:
        network: in evaluation mode.
        formulation: that it was trained in.
        schedule: of the process.
        sampler: how to sample.
    """

    def __init__(
        self,
        network: DenoisingNetwork,
        formulation: Formulation,
        schedule: NoiseSchedule,
        sampler: SamplerParameters,
    ) -> None:
        super().__init__()
        size, channels = network.config["image_size"], network.config["channels"]
        self.image_shape = (channels, size, size)
        self.latent_dim = channels * size * size
        self.class_count = network.class_count
        self.network = network
        self.formulation = formulation
        self.schedule = schedule
        self.sampler = sampler
        self.walk = build_walk(sampler, schedule)
        self.train(network.training)

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Map noise (N, latent_dim) and labels (N,) to images (N, C, H, W)."""
        denoise = build_denoiser(
            self.sampler, self.formulation, self.network, labels, self.class_count
        )
        noise = latents.view(-1, *self.image_shape)
        sample = build_sampler(self.sampler, _stream(latents))
        return sample(denoise, self.walk[0].noise * noise, self.walk)


def _stream(latents: Tensor) -> torch.Generator:
    seed = zlib.crc32(latents.float().cpu().numpy().tobytes())
    return torch.Generator(latents.device).manual_seed(seed)


def unpack_diffusion(artifact: Artifact, sampler: SamplerParameters) -> DiffusionGenerator:
    """Rebuild the averaged network of the stage `diffusion` as a generator, on the host.

    Args:
        artifact: the packed model; its configuration holds the ``process`` as well.
        sampler: how to sample.
    """
    network = cast(DenoisingNetwork, unpack(artifact, "network_average", *NETWORKS))
    process = ProcessParameters(**artifact["config"]["process"])
    formulation, schedule = build_process(process)
    network.to(memory_format=torch.channels_last)  # in which a U-Net is faster
    return DiffusionGenerator(network, formulation, schedule, sampler)
