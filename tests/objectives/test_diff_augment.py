import numpy as np
import pytest
import torch

from kizu.objectives.diff_augment import (
    OPERATIONS,
    diff_augment,
    random_color,
    random_cutout,
    random_translation,
)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def pictures(count: int = 32, channels: int = 3, size: int = 16) -> torch.Tensor:
    return torch.rand(count, channels, size, size, generator=generator(9)) * 2 - 1


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_generator_alone_decides(name):
    operation, images = OPERATIONS[name], pictures()
    torch.manual_seed(1)
    first = operation(images, generator(1))
    torch.manual_seed(2)
    assert torch.equal(first, operation(images, generator(1)))
    assert not torch.equal(first, operation(images, generator(2)))
    assert first.shape == images.shape


@pytest.mark.parametrize("name", OPERATIONS)
def test_operations_are_differentiable(name):
    images = pictures(2, 3, 8).double().requires_grad_()
    assert torch.autograd.gradcheck(lambda x: OPERATIONS[name](x, generator(3)), images)


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_image_is_treated_on_its_own(name):
    same = pictures(1).expand(16, -1, -1, -1)
    changed = OPERATIONS[name](same, generator())
    assert len({image.numpy().tobytes() for image in changed}) > 4


def test_translation_shifts_up_to_an_eighth_and_fills_with_zeros():
    images = pictures(200)
    shifts = set()
    for image, moved in zip(
        images.numpy(), random_translation(images, generator()).numpy(), strict=True
    ):
        padded = np.pad(image, ((0, 0), (2, 2), (2, 2)))
        found = [
            (down, right)
            for down in range(5)
            for right in range(5)
            if np.array_equal(padded[:, down : down + 16, right : right + 16], moved)
        ]
        assert len(found) == 1
        shifts.add(found[0])
    assert len(shifts) == 25


def test_cutout_blanks_one_window_of_half_the_size():
    images = torch.ones(200, 1, 16, 16)
    holes = random_cutout(images, generator())[:, 0].numpy() == 0
    for hole in holes:
        rows, columns = (np.flatnonzero(hole.any(axis=axis)) for axis in (1, 0))
        assert hole.sum() == len(rows) * len(columns), "a rectangle"
        for side in (rows, columns):
            assert 4 <= len(side) <= 8
            assert np.array_equal(side, np.arange(side[0], side[-1] + 1))
            assert len(side) == 8 or side[0] == 0 or side[-1] == 15, "less at the border only"
    assert holes.any(axis=0).all()


def test_color_moves_and_scales_every_image_as_a_whole():
    images = pictures(64, channels=1)
    changed = random_color(images, generator()).double()
    # Of one channel: contrast * (image - its mean) + its mean + brightness.
    centered = images.double() - images.double().mean(dim=(1, 2, 3), keepdim=True)
    moved = changed - changed.mean(dim=(1, 2, 3), keepdim=True)
    contrast = (moved * centered).sum(dim=(1, 2, 3)) / centered.square().sum(dim=(1, 2, 3))
    torch.testing.assert_close(moved, contrast[:, None, None, None] * centered, atol=1e-5, rtol=0)
    brightness = (changed - images).mean(dim=(1, 2, 3))
    for values, low, high in ((contrast, 0.5, 1.5), (brightness, -0.5, 0.5)):
        assert low <= values.min() < low + 0.1
        assert high - 0.1 < values.max() <= high


def test_saturation_keeps_gray_gray():
    gray = pictures(8, channels=1).expand(-1, 3, -1, -1)
    changed = random_color(gray, generator())
    torch.testing.assert_close(changed[:, :1].expand_as(changed), changed)


@pytest.mark.parametrize(("probability", "changed"), [(0.0, 0), (1.0, 256)])
def test_certain_probabilities(probability, changed):
    images = pictures(256)
    result = diff_augment(
        images, generator(), [OPERATIONS["translation"]], torch.tensor(probability)
    )
    shifted = (result != images).flatten(1).any(dim=1).sum().item()
    # One in 25 shifts is none.
    assert shifted == 0 if changed == 0 else shifted > 220


def test_a_probability_applies_each_operation_to_its_share():
    images = torch.ones(1000, 1, 16, 16)
    result = diff_augment(images, generator(), [random_cutout], torch.tensor(0.3))
    assert (result == 0).flatten(1).any(dim=1).float().mean().item() == pytest.approx(0.3, abs=0.05)


def test_without_a_probability_all_operations_apply_in_order():
    images = pictures()
    stream = generator(4)
    expected = random_cutout(random_color(images, stream), stream)
    assert torch.equal(diff_augment(images, generator(4), [random_color, random_cutout]), expected)
