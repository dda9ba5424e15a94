"""FigureDataset and ImageDataset."""

import io

import matplotlib as mpl
import numpy as np
import pytest
from kedro.io import DatasetError
from matplotlib.figure import Figure
from PIL import Image

from kizu.datasets.figure import FigureDataset
from kizu.datasets.image import ImageDataset


def draw() -> Figure:
    figure = Figure()
    figure.add_subplot().plot([1, 2])
    return figure


def test_a_figure_is_a_png_that_names_no_software(tmp_path):
    dataset = FigureDataset(filepath=tmp_path / "figure.png")
    dataset.save(draw())
    with Image.open(io.BytesIO(dataset.load())) as image:
        assert image.format == "PNG"
        assert set(image.info) <= {"dpi"}


def test_the_users_matplotlib_settings_do_not_change_the_bytes(tmp_path):
    figure = draw()
    dataset = FigureDataset(filepath=tmp_path / "figure.png")
    dataset.save(figure)
    plain = dataset.load()
    with mpl.rc_context({"savefig.dpi": 33, "savefig.bbox": "tight", "savefig.facecolor": "red"}):
        dataset.save(figure)
        assert mpl.rcParams["savefig.dpi"] == 33
    assert dataset.load() == plain


def test_a_figure_of_pyplot_is_closed(tmp_path):
    mpl.use("agg")
    from matplotlib import pyplot

    figure = pyplot.figure()
    FigureDataset(filepath=tmp_path / "figure.png").save(figure)
    assert not pyplot.fignum_exists(figure.number)


@pytest.mark.parametrize("shape", [(3, 5), (3, 5, 3)])
def test_pixels_come_back(tmp_path, shape):
    pixels = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    dataset = ImageDataset(filepath=tmp_path / "image.png")
    dataset.save(pixels)
    with Image.open(io.BytesIO(dataset.load())) as image:
        assert np.array_equal(np.asarray(image), pixels)
        assert image.info == {}


@pytest.mark.parametrize(
    "pixels", [np.zeros((3, 5)), np.zeros((3, 5, 4), np.uint8), np.zeros((0, 5), np.uint8)]
)
def test_what_is_no_image_is_refused(tmp_path, pixels):
    with pytest.raises(DatasetError, match="uint8 array"):
        ImageDataset(filepath=tmp_path / "image.png").save(pixels)
