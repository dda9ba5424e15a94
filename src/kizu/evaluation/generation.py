"""Images from a generator: the same seed draws the same latents on every device."""

from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn

from kizu.models.latents import truncated_normal

# Rows of a picture whose generator knows no classes.
_UNCONDITIONAL_ROWS = 10


class ImageGenerator(Protocol):
    """What makes images from latents: a GAN's generator, or a sampler of a diffusion model.

    Attributes:
        training: whether it is in training mode.
        latent_dim: dimensions of a latent.
        class_count: 0 for an unconditional one.
    """

    training: bool
    latent_dim: int
    class_count: int

    def __call__(self, latent: Tensor, labels: Tensor | None, /) -> Tensor:
        """Map latents (N, latent_dim) and labels (N,) to images (N, C, H, W) in [-1, 1]."""
        ...

    def parameters(self) -> Iterator[nn.Parameter]:
        """Its weights, which tell its device."""
        ...

    def to(self, device: torch.device, /) -> Any:
        """Move it, in place."""
        ...


def sample_latents(
    count: int, latent_dim: int, seed: int, *, truncation: float | None = None
) -> Tensor:
    """Draw standard normal latents (count, latent_dim), on the CPU whatever device follows.

    Args:
        count: number of latents.
        latent_dim: dimensions of each.
        seed: of the draws.
        truncation: numbers beyond it are drawn anew (see `kizu.models.latents.truncated_normal`);
            None: no limit.

    Raises:
        ValueError: ``count`` is below 1, or ``truncation`` is not above 0.
    """
    if count < 1:
        raise ValueError(f"count must be at least 1, got {count}")
    draws = torch.Generator().manual_seed(seed)
    if truncation is None:
        return torch.randn(count, latent_dim, generator=draws)
    return truncated_normal(count, latent_dim, truncation, draws)


def proportional_labels(labels: ArrayLike, count: int, class_count: int) -> NDArray[np.int64]:
    """Return ``count`` labels in the class proportions of ``labels``, in ascending order.

    A set of samples is compared with real data in its classes' proportions, else a distance
    measures the difference of the class mix too. Shares are rounded by largest remainder
    (the lower class first where remainders tie) rather than drawn, which adds no variance.

    Args:
        labels: (N,) integers in [0, class_count), such as those of the training split.
        count: number of labels to return.
        class_count: number of classes.

    Returns:
        (count,) int64.

    Raises:
        ValueError: ``labels`` are empty or out of range, or ``count`` is below 1.
    """
    labels = np.asarray(labels)
    if len(labels) == 0 or labels.min() < 0 or labels.max() >= class_count:
        raise ValueError(f"labels must be at least one, all in [0, {class_count})")
    if count < 1:
        raise ValueError(f"count must be at least 1, got {count}")
    # Whole numbers throughout: the remainders tie exactly or not at all.
    shares, remainders = np.divmod(np.bincount(labels, minlength=class_count) * count, len(labels))
    largest_first = np.argsort(-remainders, kind="stable")
    shares[largest_first[: count - shares.sum()]] += 1
    return np.repeat(np.arange(class_count), shares)


def interpolate_latents(starts: Tensor, ends: Tensor, steps: int) -> Tensor:
    """Walk from each start to its end along a great circle.

    White, "Sampling Generative Networks" (2016), section 2.1. A normal latent of many dimensions
    has a norm close to the root of their number; a straight line between two of them would cut
    through the middle, where the generator was never trained.

    Args:
        starts: (N, D), no row zero.
        ends: (N, D), no row zero.
        steps: points on each path, both ends included; at least 2.

    Returns:
        (N, steps, D); the first and the last point are the arguments'.

    Raises:
        ValueError: shapes differ, or ``steps`` is below 2.
    """
    if starts.shape != ends.shape or starts.ndim != 2:
        raise ValueError(
            "starts and ends must both be (N, D), "
            f"got shapes {tuple(starts.shape)} and {tuple(ends.shape)}"
        )
    if steps < 2:
        raise ValueError(f"steps must be at least 2, got {steps}")
    cosine = torch.nn.functional.cosine_similarity(starts, ends, dim=1)
    angle = cosine.clamp(-1, 1).arccos()[:, None, None]
    position = torch.linspace(0, 1, steps, dtype=starts.dtype, device=starts.device)[:, None]
    # Where the two point the same way (or opposite ways), the circle is a line (or undefined).
    curved = angle.sin() > 1e-4
    sine = torch.where(curved, angle.sin(), 1.0)
    start_weight = torch.where(curved, ((1 - position) * angle).sin() / sine, 1 - position)
    end_weight = torch.where(curved, (position * angle).sin() / sine, position)
    return start_weight * starts[:, None] + end_weight * ends[:, None]


@torch.inference_mode()
def generate_images(
    generator: ImageGenerator, latents: Tensor, labels: Tensor | None = None, *, batch_size: int
) -> NDArray[np.uint8]:
    """Generate images batch by batch, on the device that holds the generator.

    Args:
        generator: in evaluation mode; its images lie in [-1, 1].
        latents: (N, latent_dim).
        labels: (N,) int64 for a conditional generator, None for an unconditional one.
        batch_size: images at a time; a sample does not depend on it beyond rounding.

    Returns:
        (N, C, H, W), rounded to the nearest of 256 levels, as the real images are.

    Raises:
        ValueError: the generator is in training mode, or labels are given exactly when it takes
            none.
    """
    if generator.training:
        raise ValueError("generator must be in evaluation mode; call generator.eval() first")
    device = next(generator.parameters()).device
    batches = []
    for start in range(0, len(latents), batch_size):
        rows = slice(start, start + batch_size)
        batch_labels = None if labels is None else labels[rows].to(device)
        images = generator(latents[rows].to(device), batch_labels)
        levels = ((images.float() + 1) * 127.5).round().clamp(0, 255)
        batches.append(levels.to(torch.uint8).cpu())
    return torch.cat(batches).numpy()


def row_count(generator: ImageGenerator) -> int:
    """Return how many rows a picture of a generator's samples has: its classes, or ten."""
    return generator.class_count or _UNCONDITIONAL_ROWS


def generate_rows(
    generator: ImageGenerator, latents: Tensor, *, batch_size: int
) -> NDArray[np.uint8]:
    """Generate the images of a picture, row by row; row r of a conditional generator is class r.

    Args:
        generator: in evaluation mode.
        latents: (R, K, latent_dim), K images a row; R is the `row_count`.
        batch_size: images at a time.

    Returns:
        (R * K, C, H, W).

    Raises:
        ValueError: as `generate_images`.
    """
    rows, columns, _ = latents.shape
    labels = torch.arange(rows).repeat_interleave(columns) if generator.class_count else None
    return generate_images(generator, latents.flatten(end_dim=1), labels, batch_size=batch_size)
