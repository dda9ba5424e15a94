"""Matplotlib figures as PNG files."""

import sys
from pathlib import Path
from typing import Any

from kizu.datasets.base import FileDataset
from kizu.datasets.png import read_png


class FigureDataset(FileDataset[Any, bytes]):
    """Saves a ``matplotlib.figure.Figure``, loads the bytes of the PNG.

    The file names no software and no date, and a figure that pyplot keeps track of is closed.
    """

    FORM = "PNG image"

    def _read(self, path: Path) -> bytes:
        return read_png(path)

    def _write(self, data: Any, path: Path) -> None:
        import matplotlib as mpl

        with mpl.rc_context():
            mpl.rcdefaults()  # a user's matplotlibrc must not change an output's bytes
            data.savefig(path, format="png", metadata={"Software": None})
        pyplot = sys.modules.get("matplotlib.pyplot")
        if pyplot is not None:
            pyplot.close(data)
