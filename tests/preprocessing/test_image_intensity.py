"""Exposure, thresholds and smoothing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import ndimage

from kizu.preprocessing.image_intensity import (
    binarize,
    binarize_otsu,
    otsu_threshold,
    scale_exposure,
    smooth_bilateral,
    smooth_box,
    smooth_gaussian,
    smooth_median,
)

SHAPES = st.tuples(st.integers(1, 6), st.integers(1, 6), st.sampled_from([1, 3]))
FACTORS = st.floats(0, 100, allow_subnormal=False)


def noise(channels: int = 3) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (20, 24, channels), np.uint8)


class TestExposure:
    @pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
    @given(data=st.data(), factor=FACTORS)
    def test_integers_are_multiplied_rounded_and_saturate(self, dtype, data, factor):
        image = data.draw(arrays.arrays(dtype, SHAPES))
        exposed = scale_exposure(image, factor=factor)
        exact = np.minimum(image.astype(np.float64) * factor, np.iinfo(dtype).max)
        assert exposed.dtype == dtype
        assert np.abs(exposed - exact).max() <= 0.5

    @given(image=arrays.arrays(np.float32, SHAPES, elements=st.floats(0, 1, width=32)))
    def test_floats_saturate_at_one(self, image):
        exposed = scale_exposure(image, factor=3)
        assert exposed.dtype == np.float32
        assert np.array_equal(exposed, np.minimum(image * np.float32(3), 1))

    @given(image=arrays.arrays(np.uint8, SHAPES), factor=st.floats(0, 1))
    def test_underexposed_is_never_brighter(self, image, factor):
        assert (scale_exposure(image, factor=factor) <= image).all()

    @given(image=arrays.arrays(np.uint8, SHAPES), factor=st.floats(1, 1000))
    def test_overexposed_is_never_darker(self, image, factor):
        assert (scale_exposure(image, factor=factor) >= image).all()

    def test_other_types_are_refused(self):
        with pytest.raises(TypeError, match="uint8, uint16 or float values, not of int64"):
            scale_exposure(np.zeros((1, 1, 1), np.int64), factor=1)


def between_group_variance(values: np.ndarray, threshold: int) -> float:
    low, high = values[values <= threshold], values[values > threshold]
    if low.size == 0 or high.size == 0:
        return 0.0
    return low.size * high.size / values.size**2 * (low.mean() - high.mean()) ** 2


class TestBinarize:
    @given(image=arrays.arrays(np.uint8, (3, 4, 1)), threshold=st.integers(0, 255))
    def test_brighter_is_white(self, image, threshold):
        binary = binarize(image, threshold=threshold)
        assert binary.dtype == np.uint8
        assert set(np.unique(binary)) <= {0, 255}
        assert np.array_equal(binary == 255, image > threshold)

    @given(image=arrays.arrays(np.uint8, st.tuples(st.integers(1, 8), st.integers(1, 8))))
    def test_no_threshold_parts_the_groups_further_than_otsus(self, image):
        variances = [between_group_variance(image, threshold) for threshold in range(256)]
        found = between_group_variance(image, otsu_threshold(image))
        assert found == pytest.approx(max(variances), rel=1e-4)

    def test_otsu_parts_dark_from_bright(self):
        rng = np.random.default_rng(0)
        values = np.concatenate([rng.normal(60, 8, 500), rng.normal(180, 8, 300)])
        image = values.astype(np.uint8).reshape(20, 40, 1)
        assert (binarize_otsu(image) == 255).sum() == 300

    @pytest.mark.parametrize(
        "operation", [binarize_otsu, lambda image: binarize(image, threshold=1)]
    )
    def test_colors_are_refused_with_a_way_out(self, operation):
        with pytest.raises(ValueError, match="put the step grayscale before it"):
            operation(noise())


@pytest.mark.parametrize("channels", [1, 3])
class TestSmoothing:
    def test_box_is_the_mean(self, channels):
        image = noise(channels)
        exact = ndimage.uniform_filter(image.astype(float), (5, 5, 0), mode="mirror")
        assert np.abs(smooth_box(image, size=5) - exact).max() <= 0.51

    def test_gaussian_is_scipys(self, channels):
        image = noise(channels)
        exact = ndimage.gaussian_filter(image.astype(float), (1.5, 1.5, 0), mode="mirror")
        assert np.abs(smooth_gaussian(image, sigma=1.5) - exact).max() <= 1.5

    def test_median_is_scipys(self, channels):
        image = noise(channels)
        exact = ndimage.median_filter(image, (3, 3, 1), mode="nearest")
        assert np.array_equal(smooth_median(image, size=3), exact)

    def test_bilateral_keeps_an_edge_that_a_gaussian_blurs(self, channels):
        rng = np.random.default_rng(0)
        clean = np.zeros((20, 20, channels))
        clean[:, :10], clean[:, 10:] = 50, 200
        image = (clean + rng.normal(0, 5, clean.shape)).astype(np.uint8)
        smooth = smooth_bilateral(image, size=7, color_sigma=40, space_sigma=3)
        assert smooth.shape == image.shape
        assert np.abs(smooth - clean).max() < np.abs(image - clean).max()
        assert np.abs(smooth - clean).mean() < 0.6 * np.abs(image - clean).mean()
        assert np.abs(smooth_gaussian(image, sigma=3) - clean).max() > 40
