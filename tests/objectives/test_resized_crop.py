import math

import pytest
import torch
from torchvision.transforms import v2

from kizu.objectives.resized_crop import crop_and_resize, random_boxes, random_resized_crop

SCALE, RATIO = (0.08, 1.0), (3 / 4, 4 / 3)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def draw(count: int, height: int, width: int, scale=SCALE, ratio=RATIO) -> torch.Tensor:
    return random_boxes(count, height, width, generator(), scale=scale, ratio=ratio)


@pytest.mark.parametrize("size", [1, 7, 24, 50])
def test_every_crop_is_torchvisions(size):
    images = torch.rand(40, 3, 24, 31, generator=generator())
    boxes = draw(40, 24, 31)
    ours = crop_and_resize(images, boxes, size)
    assert ours.shape == (40, 3, size, size)
    for image, box, crop in zip(images, boxes.tolist(), ours, strict=True):
        theirs = v2.functional.resized_crop(image, *box, size=[size, size], antialias=True)
        assert torch.allclose(crop, theirs, atol=2e-6)


def test_the_whole_image_at_its_size_is_the_image():
    images = torch.rand(3, 1, 8, 8, generator=generator())
    boxes = torch.tensor([[0, 0, 8, 8]]).expand(3, 4)
    assert torch.allclose(crop_and_resize(images, boxes, 8), images, atol=1e-6)


def test_boxes_have_the_areas_and_ratios_asked_for():
    top, left, height, width = draw(20_000, 400, 500, scale=(0.1, 0.5)).unbind(1)
    assert (top >= 0).all()
    assert (left >= 0).all()
    assert (top + height <= 400).all()
    assert (left + width <= 500).all()
    share = height * width / (400 * 500)
    assert 0.098 < share.min() < 0.11
    assert 0.48 < share.max() < 0.503
    assert share.mean() == pytest.approx(0.3, abs=0.005)
    logarithm = torch.log(width / height)
    assert logarithm.mean().abs() < 0.01
    assert logarithm.abs().max() == pytest.approx(math.log(4 / 3), abs=0.02)
    assert (top.float() / (400 - height)).nanmean() == pytest.approx(0.5, abs=0.01)
    assert (left.float() / (500 - width)).nanmean() == pytest.approx(0.5, abs=0.01)


def test_boxes_are_distributed_as_torchvisions():
    torch.manual_seed(0)
    theirs = torch.tensor(
        [
            list(v2.RandomResizedCrop(8).make_params([torch.empty(3, 30, 40)]).values())[:4]
            for _ in range(4000)
        ],
        dtype=torch.float,
    )
    ours = draw(4000, 30, 40).float()
    assert torch.allclose(ours.mean(0), theirs.mean(0), atol=0.7)
    assert torch.allclose(ours.std(0), theirs.std(0), atol=0.5)


@pytest.mark.parametrize(
    ("shape", "expected"), [((10, 100), (0, 43, 10, 13)), ((100, 10), (43, 0, 13, 10))]
)
def test_where_nothing_fits_the_center_is_taken(shape, expected):
    boxes = draw(5, *shape, scale=(1.0, 1.0))
    assert boxes.tolist() == [list(expected)] * 5


def test_the_generator_decides():
    images = torch.rand(8, 1, 12, 12)
    first = random_resized_crop(images, generator(1), 6)
    assert torch.equal(first, random_resized_crop(images, generator(1), 6))
    assert not torch.equal(first, random_resized_crop(images, generator(2), 6))


def test_gradients_flow_to_the_images():
    images = torch.rand(4, 1, 12, 12, requires_grad=True)
    random_resized_crop(images, generator(), 6).sum().backward()
    assert images.grad.sum() == pytest.approx(4 * 36, rel=1e-4)
