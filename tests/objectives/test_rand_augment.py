"""RandAugment against torchvision's operations, image by image."""

import pytest
import torch
from torchvision.transforms import InterpolationMode
from torchvision.transforms import functional as reference

from kizu.objectives.rand_augment import OPERATIONS, apply_operations, rand_augment


def images(count: int = 6, channels: int = 3, seed: int = 0) -> torch.Tensor:
    random = torch.Generator().manual_seed(seed)
    levels = torch.randint(0, 256, (count, channels, 12, 12), generator=random)
    return levels.float() / 255


def ours(name: str, batch: torch.Tensor, strength: float) -> torch.Tensor:
    choice = torch.full((len(batch),), OPERATIONS.index(name))
    return apply_operations(batch, choice, torch.full((len(batch),), strength))


def torchvisions(name: str, batch: torch.Tensor, strength: float) -> torch.Tensor:
    factor = 1 + 0.9 * strength
    levels = (batch * 255).round().to(torch.uint8)
    match name:
        case "identity":
            return batch
        case "brightness":
            return reference.adjust_brightness(batch, factor)
        case "color":
            return reference.adjust_saturation(batch, factor)
        case "contrast":
            return reference.adjust_contrast(batch, factor)
        case "sharpness":
            return reference.adjust_sharpness(batch, factor)
        case "posterize":
            return reference.posterize(levels, 8 - round(4 * abs(strength))) / 255
        case "solarize":
            return reference.solarize(batch, 1 - abs(strength))
        case "auto_contrast":
            return reference.autocontrast(batch)
        case "equalize":
            return reference.equalize(levels) / 255
    raise AssertionError(name)


@pytest.mark.parametrize("strength", [-1.0, -0.3, 0.0, 0.3, 1.0])
@pytest.mark.parametrize("name", OPERATIONS[5:])
def test_tones_are_those_of_torchvision(name: str, strength: float) -> None:
    batch = images()

    torch.testing.assert_close(
        ours(name, batch, strength), torchvisions(name, batch, strength), rtol=1e-4, atol=1e-4
    )


@pytest.mark.parametrize("strength", [-1.0, -0.4, 0.0, 0.4, 1.0])
@pytest.mark.parametrize("name", OPERATIONS[:5])
def test_geometry_is_that_of_torchvision(name: str, strength: float) -> None:
    batch = images()[:, :, :, :10]  # not square
    shear = {"shear_x": (1, 0), "shear_y": (0, 1)}.get(name)
    angle, shift, shears = 0.0, [0, 0], [0.0, 0.0]
    if shear is not None:
        degrees = torch.rad2deg(torch.atan(torch.tensor(0.3 * strength))).item()
        shears = [-degrees * part for part in shear]
    elif name == "rotate":
        angle = 30 * strength
    if name.startswith("translate"):
        height, width = batch.shape[2:]
        size = {"translate_x": width, "translate_y": height}[name]
        exact = strength * size * 150 / 331
        shift = [round(exact), 0] if name == "translate_x" else [0, round(exact)]
        # Whole pixels, so that the nearest pixel is the same for both.
        strength = (shift[0] + shift[1]) / size * 331 / 150
    expected = reference.affine(batch - 0.5, angle, shift, 1.0, shears, InterpolationMode.NEAREST)
    found = ours(name, batch, strength) - 0.5

    agreeing = (found - expected).abs().amax(dim=1) < 1e-5
    assert agreeing.float().mean() > 0.97, "all but pixels on the border between two neighbors"


def test_every_image_has_draws_of_its_own() -> None:
    batch = images(1).expand(64, -1, -1, -1) * 2 - 1
    changed = rand_augment(batch, torch.Generator().manual_seed(0))

    different = {tuple(image.flatten().tolist()) for image in changed}
    assert len(different) > 32
    assert changed.min() >= -1
    assert changed.max() <= 1


def test_the_generator_decides() -> None:
    batch = images(channels=1) * 2 - 1

    first, again, other = (
        rand_augment(batch, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2)
    )

    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_an_even_channel_stays() -> None:
    batch = torch.full((2, 3, 4, 4), 100 / 255)

    for name in ("auto_contrast", "equalize"):
        torch.testing.assert_close(ours(name, batch, 1.0), batch)


def test_images_in_any_memory_layout() -> None:
    batch = images() * 2 - 1
    rowwise, channels_last = (
        rand_augment(batch.to(memory_format=layout), torch.Generator().manual_seed(3))
        for layout in (torch.contiguous_format, torch.channels_last)
    )

    torch.testing.assert_close(rowwise, channels_last)
