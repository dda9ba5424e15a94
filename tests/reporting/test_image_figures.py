"""Figures of a set of images."""

import io

import numpy as np
import pytest
from PIL import Image

from kizu.reporting.image_figures import image_gallery, pixel_histogram


def render(figure) -> np.ndarray:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return np.asarray(Image.open(buffer).convert("RGB")).astype(int)


class TestGallery:
    def test_shows_a_row_for_each_class_in_the_order_of_names(self):
        shades = {"b": 60, "a": 120, "c": 180}
        names = ["b", "a", "b", "c"]
        images = np.stack([np.full((1, 4, 4), shades[name], np.uint8) for name in names])
        (axes,) = image_gallery(images, names, examples=3).axes
        assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "b", "c"]
        canvas = np.asarray(axes.images[0].get_array())
        cells = canvas[2::6, 2::6]  # the middle of cells of 4 pixels, 2 apart
        assert cells.tolist() == [[120, 255, 255], [60, 60, 255], [180, 255, 255]]

    def test_colors_are_shown_as_they_are(self):
        red = np.zeros((1, 3, 8, 8), np.uint8)
        red[:, 0] = 255
        pixels = render(image_gallery(red, ["red"], examples=1))
        assert (pixels == [255, 0, 0]).all(axis=2).any()

    def test_many_classes_are_cut_and_it_says_so(self):
        images = np.zeros((30, 1, 2, 2), np.uint8)
        (axes,) = image_gallery(images, [f"{n:02d}" for n in range(30)]).axes
        assert len(axes.get_yticklabels()) == 20
        assert "the first 20 of 30" in axes.get_title(loc="left")

    def test_large_images_are_thinned_out(self):
        (axes,) = image_gallery(np.zeros((1, 1, 1000, 1000), np.uint8), ["a"], examples=2).axes
        assert axes.images[0].get_array().shape[0] < 200


class TestHistogram:
    @pytest.mark.parametrize(("channels", "names"), [(1, None), (3, ["red", "green", "blue"])])
    def test_draws_every_channel(self, channels, names):
        counts = np.arange(channels * 256).reshape(channels, 256)
        (axes,) = pixel_histogram(counts).axes
        heights = [patch.get_data().values for patch in axes.patches]
        assert np.array_equal(heights, counts.reshape(channels, 64, 4).sum(axis=2))
        legend = axes.get_legend()
        assert (legend and [text.get_text() for text in legend.get_texts()]) == names

    def test_a_value_that_never_occurs_is_no_error(self):
        counts = np.zeros((1, 256), int)
        counts[0, 255] = 5
        assert render(pixel_histogram(counts)).min() < 255
