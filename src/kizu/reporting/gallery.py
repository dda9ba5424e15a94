"""What each operation of a modality does to a sample: pictures with captions, in a folder."""

import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

CAPTIONS = "captions.json"


@dataclass(frozen=True)
class Exhibit:
    """A picture of one operation (or of several to compare).

    Attributes:
        name: of its file, without number and extension; unique in its gallery.
        title: the operation in words; also what is read to who cannot see the picture.
        caption: what to see in it, in a sentence or two; figures in it are measured.
        png: the picture.
    """

    name: str
    title: str
    caption: str
    png: bytes


def exhibit(name: str, title: str, caption: str, figure: Figure) -> Exhibit:
    """Return a figure as an exhibit; the PNG names no software and no date."""
    buffer = io.BytesIO()
    with mpl.rc_context():
        mpl.rcdefaults()
        figure.savefig(buffer, format="png", metadata={"Software": None})
    return Exhibit(name, title, caption, buffer.getvalue())


def gallery_files(exhibits: Iterable[Exhibit]) -> dict[str, bytes]:
    """Return the files of a gallery's folder: pictures numbered in order, and their captions."""
    files: dict[str, bytes] = {}
    captions = []
    for number, shown in enumerate(exhibits, start=1):
        file = f"{number:02d}_{shown.name}.png"
        files[file] = shown.png
        captions.append(
            {"file": file, "name": shown.name, "title": shown.title, "caption": shown.caption}
        )
    content = json.dumps(captions, indent=2, ensure_ascii=False) + "\n"
    return {**files, CAPTIONS: content.encode()}


def read_gallery(files: Mapping[str, Path]) -> list[Exhibit]:
    """Return the exhibits of a gallery's folder, in order."""
    captions = json.loads(files[CAPTIONS].read_text(encoding="utf-8"))
    return [
        Exhibit(entry["name"], entry["title"], entry["caption"], files[entry["file"]].read_bytes())
        for entry in captions
    ]
