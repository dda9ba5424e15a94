"""Neural networks: their tensors and what it takes to rebuild them."""

import json
import os
import re
from pathlib import Path
from typing import Any

import numpy as np
from kedro.io import DatasetError

from kizu.datasets.base import FileDataset
from kizu.datasets.json import write_json

_CONFIG = "config.json"
_TENSORS = "model.safetensors"


class ModelDataset(FileDataset[dict[str, Any], dict[str, Any]]):
    """A folder with ``config.json`` and ``model.safetensors``.

    In memory it is ``{"config": a JSON document, "tensors": {name: np.ndarray}}``, so that
    neither side needs PyTorch, and loading runs no code from the file.
    """

    FORM = "model folder"

    def _read(self, path: Path) -> dict[str, Any]:
        from safetensors.numpy import load_file

        config = json.loads((path / _CONFIG).read_text(encoding="utf-8"))
        return {"config": config, "tensors": load_file(path / _TENSORS)}

    def _write(self, data: dict[str, Any], path: Path) -> None:
        from safetensors import SafetensorError
        from safetensors.numpy import save_file

        if set(data) != {"config", "tensors"}:
            raise DatasetError(
                f"{self._path} holds the keys 'config' and 'tensors'; got {sorted(data)}."
            )
        path.mkdir()
        write_json(data["config"], path / _CONFIG)
        # safetensors copies memory as it lies: strides are not looked at.
        tensors = {name: np.asarray(value, order="C") for name, value in data["tensors"].items()}
        try:
            save_file(tensors, path / _TENSORS)
        except SafetensorError as error:
            number = re.search(r"os error (\d+)", str(error))
            if number is None:
                raise
            code = int(number[1])
            raise OSError(code, os.strerror(code)) from error
