"""Text and rectangles in images."""

from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image, ImageDraw

from kizu.preprocessing.image_drawing import draw_rectangle, draw_text

DEJAVU = Path(mpl.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf")


def blank(channels: int = 3) -> np.ndarray:
    return np.zeros((50, 200, channels), np.uint8)


class TestText:
    @pytest.mark.parametrize("text", ["flaw", "Größe", "傷を見つける", "결함", "划痕", "λ ≤ 3"])
    @pytest.mark.parametrize("channels", [1, 3])
    def test_every_script_is_drawn(self, text, channels):
        image = blank(channels)
        drawn = draw_text(image, text=text, top=4, left=5, size=28)
        assert drawn.shape == image.shape
        assert not image.any(), "the image that was given stays as it is"
        rows, columns = np.nonzero(drawn.any(axis=2))
        assert drawn.max() == 255
        assert rows.min() >= 4
        assert columns.min() >= 3  # some letters reach to the left of where they start
        assert columns.max() > 40
        different = draw_text(image, text=text[:-1] + "x", top=4, left=5, size=28)
        assert (different != drawn).any()

    def test_the_color_is_the_named_one(self):
        drawn = draw_text(blank(), text="█", top=0, left=0, size=40, color="#ff8000")
        assert [255, 128, 0] in drawn.reshape(-1, 3).tolist()
        assert (drawn[:, :, 2] == 0).all()

    def test_a_line_break_starts_another_line(self):
        first = draw_text(blank(1), text="A", top=0, left=0, size=16)
        both = draw_text(blank(1), text="A\nA", top=0, left=0, size=16)
        second = (both - first).nonzero()[0]
        assert second.min() >= 16
        assert (both - first).sum() == pytest.approx(first.sum(), rel=0.01)

    @pytest.mark.parametrize("text", ["😀", "ok 😀", "\U0010ffff"])
    def test_letters_that_no_font_has_are_named(self, text):
        with pytest.raises(ValueError, match=r"the font lacks '.+' \(U\+1"):
            draw_text(blank(), text=text, top=0, left=0, size=20)

    def test_a_question_mark_is_no_missing_letter(self):
        assert draw_text(blank(), text="?", top=0, left=0, size=20).any()

    def test_another_font_looks_different_and_falls_back(self):
        own, other = (
            draw_text(blank(), text="Rg", top=0, left=0, size=30, font=font)
            for font in (None, str(DEJAVU))
        )
        assert (own != other).any()
        assert draw_text(blank(), text="傷", top=0, left=0, size=30, font=str(DEJAVU)).any()

    @pytest.mark.parametrize("content", [None, b"no font"])
    def test_a_file_that_is_no_font_is_refused(self, tmp_path, content):
        file = tmp_path / "some.ttf"
        if content:
            file.write_bytes(content)
        with pytest.raises(ValueError, match=r"some\.ttf is no TrueType font"):
            draw_text(blank(), text="a", top=0, left=0, size=20, font=str(file))

    def test_beyond_the_image_is_cut_off(self):
        assert not draw_text(blank(), text="a", top=-90, left=300, size=20).any()


class TestRectangle:
    @pytest.mark.parametrize("channels", [1, 3])
    def test_an_outline_grows_inwards(self, channels):
        image = np.full((8, 9, channels), 7, np.uint8)
        drawn = draw_rectangle(image, top=1, left=2, height=6, width=5, thickness=2)
        expected = image.copy()
        expected[1:7, 2:7] = 255
        expected[3:5, 4:5] = 7
        assert np.array_equal(drawn, expected)
        assert (image == 7).all()

    def test_filled_and_cut_off(self):
        drawn = draw_rectangle(
            blank(), top=-2, left=198, height=5, width=9, color="red", thickness=None
        )
        assert (drawn[:3, 198:] == [255, 0, 0]).all()
        assert drawn.sum() == 3 * 2 * 255

    def test_is_pillows(self):
        canvas = Image.new("L", (9, 8))
        ImageDraw.Draw(canvas).rectangle((1, 1, 5, 6), outline=255)
        ours = draw_rectangle(np.zeros((8, 9, 1), np.uint8), top=1, left=1, height=6, width=5)
        assert np.array_equal(ours[:, :, 0], np.asarray(canvas))
