"""The gallery of operations on images."""

import io
import json
import re

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_sample_image

from kizu.pipelines.images.gallery import gallery_sample, operation_exhibits
from kizu.preprocessing.image_geometry import resize
from kizu.reporting.gallery import CAPTIONS, gallery_files


def png(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture(scope="module")
def exhibits():
    return {shown.name: shown for shown in operation_exhibits(gallery_sample("flower", b""))}


def test_every_operation_is_shown(exhibits):
    assert set(exhibits) == {
        "load",
        "histogram",
        "channel_order",
        "exposure",
        "grayscale_and_binarize",
        "smoothing",
        "ycbcr",
        "normalize",
        "crop",
        "resize_down",
        "resize_up",
        "rotate",
        "flip",
        "scramble_colors",
        "scramble_blocks",
        "draw",
        "save",
    }


def test_pictures_are_small_and_captions_are_measured(exhibits):
    for shown in exhibits.values():
        with Image.open(io.BytesIO(shown.png)) as picture:
            assert picture.width <= 6 * 144
        assert len(shown.png) <= 60 * 1024
        assert re.search(r"\d", shown.caption)
        assert "nan" not in shown.caption


def test_captions_say_what_is_true_of_the_sample(exhibits):
    sample = gallery_sample("flower", b"")
    assert str(sample.shape) in exhibits["load"].caption
    assert f"red {sample[..., 0].min()} to {sample[..., 0].max()}" in exhibits["load"].caption
    assert "every value back: yes" in exhibits["channel_order"].caption
    assert "comes back (0 differ)" in exhibits["scramble_colors"].caption
    assert "0 values differ" in exhibits["scramble_blocks"].caption
    assert "every pixel is the same: yes" in exhibits["rotate"].caption
    assert "PNG 6," in exhibits["save"].caption


def test_the_sample_is_the_flower_or_the_first_image():
    flower = gallery_sample("flower", b"")
    assert flower.shape == (48, 72, 3)
    whole = load_sample_image("flower.jpg")
    assert np.array_equal(flower, resize(whole, height=48, width=72, interpolation="area"))
    gray = np.arange(64, dtype=np.uint8).reshape(8, 8)
    assert np.array_equal(gallery_sample("first", png(gray)), gray[..., None].repeat(3, axis=2))


@pytest.mark.parametrize("shape", [(1, 1), (2, 300)])
def test_any_image_can_be_the_sample(shape):
    image = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    sample = gallery_sample("first", png(image))
    files = gallery_files(operation_exhibits(sample))
    assert len(json.loads(files[CAPTIONS])) == 17


def test_the_same_sample_gives_the_same_bytes(exhibits):
    again = operation_exhibits(gallery_sample("flower", b""))
    assert {shown.name: shown for shown in again} == exhibits
