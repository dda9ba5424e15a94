"""The latent whose generated image comes closest to a given one, for many images at once.

Schlegl et al. 2017, "Unsupervised Anomaly Detection with Generative Adversarial Networks to Guide
Marker Discovery", section 2.2: a generator of normal images cannot make an anomalous one, so what
is left between an image and the closest one that it makes tells how anomalous the image is.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from kizu.detection.images.gan_parameters import LatentSearchParameters
from kizu.detection.networks import frozen
from kizu.models.gan import Discriminator, Generator


class LatentSearch(NamedTuple):
    """Where the search for each of N images ended.

    Attributes:
        latent: (N, latent_dim).
        reconstruction: (N, C, H, W), the generator's image of the latent, in [-1, 1].
        loss: (N,), what was minimized, at the latent.
    """

    latent: Tensor
    reconstruction: Tensor
    loss: Tensor


def starting_latents(count: int, latent_dim: int, seed: int) -> Tensor:
    """Draw (count, latent_dim) latents from N(0, I), the same for every image and device."""
    return torch.randn(count, latent_dim, generator=torch.Generator().manual_seed(seed))


def search_latents(
    generator: Generator,
    discriminator: Discriminator,
    images: Tensor,
    candidates: Tensor,
    parameters: LatentSearchParameters,
) -> LatentSearch:
    """Minimize equation 6, ``(1 - w) residual + w feature loss``, over the latent of each image.

    The residual is the L1 distance of the pixels (equation 3), the feature loss that of the
    discriminator's features (equation 5). Both are sums over one image, and so is Adam's state:
    no image's search knows of another's in the batch. Every image starts from the same
    ``candidates``, at the ``restarts`` closest ones in L1, and keeps the best end.

    Only the latents move. The networks stay in eval mode with their weights out of the graph, and
    are handed back as they were. No step waits for the device.

    Args:
        generator: maps (N, latent_dim) to (N, C, H, W) in [-1, 1].
        discriminator: ``features`` maps (N, C, H, W) to (N, F).
        images: (N, C, H, W) in [-1, 1], on the networks' device.
        candidates: (K, latent_dim), K at least ``parameters.restarts``.
        parameters: see `LatentSearchParameters`; ``batch_size`` is the caller's business.

    Raises:
        ValueError: fewer candidates than restarts.
    """
    restarts = parameters.restarts
    if len(candidates) < restarts:
        raise ValueError(f"restarts={restarts} needs as many candidates, got {len(candidates)}")
    with frozen(generator, discriminator):
        with torch.no_grad():
            latent = _closest(generator, images, candidates, restarts)
            targets = images.repeat_interleave(restarts, dim=0)
            target_features = discriminator.features(images).repeat_interleave(restarts, dim=0)

        def losses(generated: Tensor) -> Tensor:
            residual = (generated - targets).abs().flatten(1).sum(dim=1)
            features = (discriminator.features(generated) - target_features).abs().sum(dim=1)
            return torch.lerp(residual, features, parameters.feature_weight)

        latent.requires_grad_()
        optimizer = torch.optim.Adam([latent], lr=parameters.learning_rate)
        for step in range(parameters.steps):
            for group in optimizer.param_groups:
                group["lr"] = parameters.learning_rate * (1 - step / parameters.steps)
            (latent.grad,) = torch.autograd.grad(losses(generator(latent)).sum(), latent)
            optimizer.step()

        with torch.no_grad():
            generated = generator(latent)
            loss, best = losses(generated).view(-1, restarts).min(dim=1)
        rows = best + restarts * torch.arange(len(images), device=images.device)
        return LatentSearch(latent.detach()[rows], generated[rows], loss)


def _closest(generator: Generator, images: Tensor, candidates: Tensor, count: int) -> Tensor:
    """Return the ``count`` closest candidates of every image, (N · count, latent_dim)."""
    generated = generator(candidates)
    distances = torch.cdist(images.flatten(1), generated.flatten(1), p=1)
    closest = distances.topk(count, dim=1, largest=False).indices
    return candidates[closest.flatten()]
