"""The gallery of what training may see of an image."""

import numpy as np
import pytest

from kizu.pipelines.classifier.augmentations import augmentation_exhibits


@pytest.mark.parametrize(("count", "channels"), [(6, 1), (6, 3), (1, 1)])
def test_every_augmentation_is_shown_and_the_seed_decides(count: int, channels: int) -> None:
    images = np.random.default_rng(0).integers(0, 256, (count, channels, 12, 16), np.uint8)
    labels = np.arange(count) % 3
    first, again, other = (augmentation_exhibits(images, labels, seed) for seed in (1, 1, 2))

    assert [shown.name for shown in first] == [
        "random_resized_crop",
        "shift",
        "rand_augment",
        "erasing",
        "mixup",
        "cutmix",
    ]
    assert first == again
    assert first != other
