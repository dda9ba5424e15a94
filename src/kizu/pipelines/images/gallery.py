"""What every operation on images does to a sample, as a gallery of pictures with captions."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np

from kizu.pipelines.images import exhibits_geometry, exhibits_making, exhibits_values
from kizu.pipelines.images.parameters import GallerySample
from kizu.preprocessing.image_geometry import resize
from kizu.preprocessing.images import load_image
from kizu.reporting.gallery import Exhibit

# A photograph shrunk to this still shows what an operation does, and keeps the report small.
_HEIGHT = 48
_LARGEST_WIDTH = 72

_EXHIBITS = (
    exhibits_values.loaded,
    exhibits_values.histogram,
    exhibits_values.channel_order,
    exhibits_values.exposure,
    exhibits_values.gray_and_binary,
    exhibits_values.smoothing,
    exhibits_values.ycbcr,
    exhibits_values.normalization,
    exhibits_geometry.cropped,
    exhibits_geometry.made_smaller,
    exhibits_geometry.made_larger,
    exhibits_geometry.rotated,
    exhibits_geometry.flipped,
    exhibits_making.colors_scrambled,
    exhibits_making.blocks_scrambled,
    exhibits_making.drawn,
    exhibits_making.saved,
)


def operation_exhibits(sample: np.ndarray) -> list[Exhibit]:
    """Return an exhibit of every operation on a uint8 image (H, W, 3)."""
    return [show(sample) for show in _EXHIBITS]


def gallery_sample(kind: GallerySample, first: bytes | Path) -> np.ndarray:
    """Return the image to show, as uint8 (H, W, 3) of at most 48 × 72 pixels.

    Args:
        kind: "flower" (of scikit-learn) or "first".
        first: the file of the first image of the data.
    """
    return _shrink(load_image(first if kind == "first" else _flower(), "rgb"))


def _flower() -> Path:
    """Return the file behind ``sklearn.datasets.load_sample_image("flower.jpg")``.

    It is found without an import of scikit-learn, which takes longer than the rest of the gallery.
    """
    spec = find_spec("sklearn")
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0], "datasets", "images", "flower.jpg")


def _shrink(image: np.ndarray) -> np.ndarray:
    height, width = image.shape[:2]
    factor = min(1.0, _HEIGHT / height, _LARGEST_WIDTH / width)
    return resize(
        image,
        height=max(1, round(height * factor)),
        width=max(1, round(width * factor)),
        interpolation="area",
    )
