"""What the parameters make of a training batch."""

from functools import partial

import torch
from torch import Tensor

from kizu.objectives.augmentation import random_mirror, random_shift
from kizu.objectives.erasing import random_erasing
from kizu.objectives.mixing import cutmix, mixup, mixup_or_cutmix
from kizu.objectives.rand_augment import rand_augment
from kizu.objectives.resized_crop import random_resized_crop
from kizu.pipelines.classifier.parameters import AugmentationParameters, MixingParameters
from kizu.training.supervised import Augment, Mix


def build_augment(parameters: AugmentationParameters) -> Augment | None:
    """Return the chosen changes one after the other, or None where there is none."""
    changes: list[Augment] = []
    if parameters.crop_scale is not None:
        low, high = parameters.crop_scale

        def crop(images: Tensor, generator: torch.Generator) -> Tensor:
            return random_resized_crop(images, generator, images.shape[-1], scale=(low, high))

        changes.append(crop)
    if parameters.mirror:
        changes.append(random_mirror)
    if parameters.shift:
        changes.append(partial(random_shift, limit=parameters.shift))
    if parameters.rand_augment is not None:
        changes.append(partial(rand_augment, **parameters.rand_augment.model_dump()))
    if parameters.erasing:
        changes.append(partial(random_erasing, probability=parameters.erasing))

    def augment(images: Tensor, generator: torch.Generator) -> Tensor:
        for change in changes:
            images = change(images, generator)
        return images

    return augment if changes else None


def build_mix(parameters: MixingParameters, class_count: int) -> Mix | None:
    """Return the chosen mixture of a batch, or None where there is none."""
    alphas = parameters.mixup, parameters.cutmix

    def mix(images: Tensor, labels: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        if all(alphas):
            return mixup_or_cutmix(images, labels, class_count, *alphas, generator)
        mixture = mixup if parameters.mixup else cutmix
        return mixture(images, labels, class_count, max(alphas), generator)

    return mix if any(alphas) else None
