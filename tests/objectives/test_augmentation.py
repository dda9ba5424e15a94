import numpy as np
import pytest
import torch

from kizu.objectives.augmentation import random_mirror, random_shift, random_upending


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_every_image_is_a_shifted_copy_with_its_border_repeated():
    images = torch.arange(40 * 2 * 5 * 6, dtype=torch.float32).view(40, 2, 5, 6)
    shifted = random_shift(images, generator(), 2).numpy()
    found = set()
    for image, moved in zip(images.numpy(), shifted, strict=True):
        padded = np.pad(image, ((0, 0), (2, 2), (2, 2)), mode="edge")
        offsets = [
            (down, right)
            for down in range(5)
            for right in range(5)
            if np.array_equal(padded[:, down : down + 5, right : right + 6], moved)
        ]
        assert len(offsets) == 1
        found.add(offsets[0])
    assert len(found) > 12, "shifts differ from image to image"


def test_the_generator_decides():
    images = torch.rand(8, 1, 4, 4)
    first = random_shift(images, generator(1), 1)
    assert torch.equal(first, random_shift(images, generator(1), 1))
    assert not torch.equal(first, random_shift(images, generator(2), 1))


def test_a_limit_of_zero_changes_nothing():
    images = torch.rand(3, 1, 4, 4)
    assert torch.equal(random_shift(images, generator(), 0), images)


@pytest.mark.parametrize(("flip", "dimension"), [(random_mirror, 3), (random_upending, 2)])
def test_about_half_of_the_images_are_flipped(flip, dimension):
    images = torch.rand(400, 1, 4, 4)
    result = flip(images, generator())
    flipped = (result == images.flip(dimension)).flatten(1).all(dim=1)
    same = (result == images).flatten(1).all(dim=1)
    assert torch.equal(flipped, ~same)
    assert 160 < flipped.sum() < 240
