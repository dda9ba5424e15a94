"""Bytes to floats and back."""

import numpy as np
import torch
from torchvision.models import ResNet18_Weights
from torchvision.transforms.v2.functional import normalize

from kizu.preprocessing.image_normalization import (
    from_imagenet,
    from_signed_unit,
    to_imagenet,
    to_signed_unit,
)

EVERY_VALUE = np.arange(256, dtype=np.uint8).reshape(16, 16, 1).repeat(3, axis=2)


def test_black_is_minus_one_and_white_is_one():
    assert to_signed_unit(np.array([0, 255], np.uint8)).tolist() == [-1, 1]
    assert to_signed_unit(EVERY_VALUE).dtype == np.float32


def test_every_value_comes_back():
    assert np.array_equal(from_signed_unit(to_signed_unit(EVERY_VALUE)), EVERY_VALUE)
    assert np.array_equal(from_imagenet(to_imagenet(EVERY_VALUE)), EVERY_VALUE)


def test_beyond_the_range_is_cut_off():
    assert from_signed_unit(np.array([-1.5, 1.5])).tolist() == [0, 255]
    assert from_imagenet(np.full((1, 3), 9.0)).tolist() == [[255, 255, 255]]


def test_imagenet_is_torchvisions():
    image = np.random.default_rng(0).integers(0, 256, (5, 6, 3), np.uint8)
    unit = torch.from_numpy(image).permute(2, 0, 1) / 255
    expected = ResNet18_Weights.DEFAULT.transforms()
    theirs = normalize(unit, expected.mean, expected.std).permute(1, 2, 0)
    assert np.allclose(to_imagenet(image), theirs.numpy(), atol=1e-6)
