"""What training may see of an image, as a gallery: every augmentation, on images of the data."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from kizu.objectives.augmentation import random_mirror, random_shift, random_upending
from kizu.objectives.erasing import random_erasing
from kizu.objectives.mixing import cutmix, mixup
from kizu.objectives.rand_augment import rand_augment
from kizu.objectives.resized_crop import crop_and_resize, random_boxes
from kizu.reporting.gallery import Exhibit, exhibit
from kizu.reporting.picture_grid import picture_grid
from kizu.training.data import to_unit

_VIEWS = 6
_COLUMNS = 3


def augmentation_exhibits(images: np.ndarray, labels: np.ndarray, seed: int) -> list[Exhibit]:
    """Return an exhibit of every augmentation, six views each.

    Args:
        images: uint8 (N, C, H, W), C = 1 or 3; the first is shown, and for mixtures the first six.
        labels: (N,) int64.
        seed: of the draws.
    """
    batch = to_unit(torch.from_numpy(np.array(images[:_VIEWS])))
    one = batch[:1].expand(_VIEWS, -1, -1, -1)
    of_batch = torch.from_numpy(np.array(labels[: len(batch)]))
    return [
        _crops(one, seed),
        _views("shift", "Random shifts", one, seed, lambda x, draws: random_shift(x, draws, 2)),
        _views("rand_augment", "RandAugment", one, seed, rand_augment),
        _views(
            "erasing", "Random erasing", one, seed, lambda x, draws: random_erasing(x, draws, 1.0)
        ),
        _mixtures("mixup", "Mixup", batch, of_batch, seed),
        _mixtures("cutmix", "CutMix", batch, of_batch, seed),
    ]


def _crops(batch: Tensor, seed: int) -> Exhibit:
    draws = torch.Generator().manual_seed(seed)
    height, width = batch.shape[2:]
    boxes = random_boxes(len(batch), height, width, draws, scale=(0.2, 1.0), ratio=(3 / 4, 4 / 3))
    size = min(height, width)
    views = random_upending(random_mirror(crop_and_resize(batch, boxes, size), draws), draws)
    shares = (boxes[:, 2] * boxes[:, 3]).numpy() / (height * width)
    caption = (
        f"{len(batch)} views of one image, a batch made at once: a random part, {shares.min():.0%} "
        f"to {shares.max():.0%} of the area here, resized to {size} × {size} pixels, and half of "
        "them flipped in each direction."
    )
    titles = [f"{share:.0%}" for share in shares]
    return _exhibit("random_resized_crop", "Random resized crops and flips", caption, views, titles)


def _views(
    name: str,
    title: str,
    batch: Tensor,
    seed: int,
    augment: Callable[[Tensor, torch.Generator], Tensor],
) -> Exhibit:
    views = augment(batch, torch.Generator().manual_seed(seed))
    changed = (views != batch).any(dim=1).float().mean(dim=(1, 2))
    caption = (
        f"{len(batch)} views of one image, each with draws of its own; {changed.min():.0%} to "
        f"{changed.max():.0%} of the pixels change."
    )
    return _exhibit(name, title, caption, views, [f"{share:.0%}" for share in changed])


def _mixtures(name: str, title: str, batch: Tensor, labels: Tensor, seed: int) -> Exhibit:
    mix = {"mixup": mixup, "cutmix": cutmix}[name]
    classes = int(labels.max()) + 1
    views, targets = mix(batch, labels, classes, 1.0, torch.Generator().manual_seed(seed))
    own = targets.gather(1, labels[:, None]).squeeze(1)
    caption = (
        "Each image with another one of the batch, and the targets mixed alike: the number is the "
        "share of the image's own class."
    )
    return _exhibit(name, title, caption, views, [f"{share:.0%}" for share in own])


def _exhibit(name: str, title: str, caption: str, views: Tensor, titles: list[str]) -> Exhibit:
    levels = ((views + 1) * 127.5).round().clamp(0, 255).byte()
    pictures = [
        (text, image.permute(1, 2, 0).numpy())
        for text, image in zip(titles, levels.expand(-1, 3, -1, -1), strict=True)
    ]
    return exhibit(name, title, caption, picture_grid(pictures, columns=_COLUMNS))
