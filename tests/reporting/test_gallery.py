"""The gallery of operations."""

from pathlib import Path

from kizu.reporting.document import Report
from kizu.reporting.gallery import exhibit, gallery_files, read_gallery
from kizu.reporting.html import render
from kizu.reporting.sections.gallery import gallery_section
from kizu.reporting.style import new_figure


def _exhibits():
    return [
        exhibit("flip", "Flip", "Left is right.", new_figure(1, 1)),
        exhibit("crop", "Crop <b>", "Größe.", new_figure(1, 2)),
    ]


def test_a_gallery_comes_back_from_its_folder(tmp_path: Path) -> None:
    shown = _exhibits()
    files = gallery_files(shown)
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)

    assert list(files) == ["01_flip.png", "02_crop.png", "captions.json"]
    assert read_gallery({name: tmp_path / name for name in files}) == shown


def test_the_section_shows_every_picture_with_its_caption() -> None:
    section = gallery_section("images", _exhibits())

    page = render(Report("t", "s", [section]))

    assert page.count("data:image/png") == 2
    assert "Left is right." in page
    assert "Crop &lt;b&gt;" in page


def test_an_empty_gallery_says_so() -> None:
    assert "No operation" in render(Report("t", "s", [gallery_section("images", [])]))
