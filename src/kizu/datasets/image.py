"""Pixel arrays as PNG files."""

from pathlib import Path

import numpy as np
from kedro.io import DatasetError

from kizu.datasets.base import FileDataset
from kizu.datasets.png import read_png


class ImageDataset(FileDataset[np.ndarray, bytes]):
    """Saves a uint8 array (H, W) or (H, W, 3), loads the bytes of the PNG."""

    FORM = "PNG image"

    def _read(self, path: Path) -> bytes:
        return read_png(path)

    def _write(self, data: np.ndarray, path: Path) -> None:
        from PIL import Image

        gray = data.ndim == 2
        color = data.ndim == 3 and data.shape[2] == 3
        if data.dtype != np.uint8 or not (gray or color) or data.size == 0:
            raise DatasetError(
                f"{self._path} holds a uint8 array (H, W) or (H, W, 3); "
                f"this one is {data.dtype} {data.shape}."
            )
        Image.fromarray(np.ascontiguousarray(data)).save(path, format="PNG")
