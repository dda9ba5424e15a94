"""Training on mixtures of two images, with targets mixed alike.

Images are (N, C, H, W), labels (N,) int64, targets (N, K) probabilities; the generator is on the
images' device. Every image draws its own partner and share.
"""

import torch
import torch.nn.functional as F
from torch import Tensor


def mixup(
    images: Tensor, labels: Tensor, class_count: int, alpha: float, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Blend every image with another one (Zhang et al. 2018, equation 1).

    Args:
        images: (N, C, H, W).
        labels: (N,) in [0, class_count).
        class_count: K, columns of the targets.
        alpha: the share of the image itself is drawn from Beta(alpha, alpha).
        generator: on the images' device.

    Returns:
        Images of the same shape, and targets (N, K).
    """
    share = _beta(len(images), alpha, generator)
    partners = _partners(len(images), generator)
    weight = share[:, None, None, None].to(images.dtype)
    mixed = torch.lerp(images[partners], images, weight)
    return mixed, _targets(labels, partners, share, class_count)


def cutmix(
    images: Tensor, labels: Tensor, class_count: int, alpha: float, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Paste a box of another image into every image (Yun et al. 2019, equations 1 and 2).

    The box has the image's aspect ratio and its center anywhere, so part of it may fall outside;
    the targets follow the area that was really pasted. Arguments and result as of `mixup`.
    """
    count, _, height, width = images.shape
    side = (1 - _beta(count, alpha, generator)).sqrt()
    partners = _partners(count, generator)
    inside = []
    for size in (height, width):
        center = torch.rand(count, generator=generator, device=images.device) * size
        offset = torch.arange(size, device=images.device) + 0.5 - center[:, None]
        inside.append(offset.abs() <= (side * size / 2)[:, None])
    box = inside[0][:, :, None] & inside[1][:, None, :]
    share = 1 - box.float().mean(dim=(1, 2))
    mixed = torch.where(box[:, None], images[partners], images)
    return mixed, _targets(labels, partners, share, class_count)


def mixup_or_cutmix(
    images: Tensor,
    labels: Tensor,
    class_count: int,
    mixup_alpha: float,
    cutmix_alpha: float,
    generator: torch.Generator,
) -> tuple[Tensor, Tensor]:
    """Mix a batch one way or the other, each with probability one half, as timm and torchvision do.

    Both are computed, because reading the coin would wait for the device. Arguments and result as
    of `mixup`.
    """
    coin = torch.rand((), generator=generator, device=images.device) < 0.5
    blended, pasted = (
        mixture(images, labels, class_count, alpha, generator)
        for mixture, alpha in ((mixup, mixup_alpha), (cutmix, cutmix_alpha))
    )
    mixed, targets = (torch.where(coin, *pair) for pair in zip(blended, pasted, strict=True))
    return mixed, targets


def _beta(count: int, alpha: float, generator: torch.Generator) -> Tensor:
    # torch.distributions draws from the process's own stream; a ratio of gammas takes ours.
    shape = torch.full((2, count), alpha, device=generator.device)
    gammas = torch._standard_gamma(shape, generator=generator).clamp_min(1e-30)
    return gammas[0] / gammas.sum(dim=0)


def _partners(count: int, generator: torch.Generator) -> Tensor:
    return torch.randperm(count, generator=generator, device=generator.device)


def _targets(labels: Tensor, partners: Tensor, share: Tensor, class_count: int) -> Tensor:
    own = F.one_hot(labels, class_count).to(share.dtype)
    return torch.lerp(own[partners], own, share[:, None])
