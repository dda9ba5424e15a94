"""Scikit-learn objects without pickle."""

import io
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kedro.io import DatasetError

from kizu.datasets.base import FileDataset

_SCHEMA = "schema.json"


class SkopsDataset(FileDataset[Any, Any]):
    """An object in the skops format.

    Args:
        filepath: as for every :class:`FileDataset`.
        trusted: full names of the types, beyond those that skops trusts by itself, that loading
            may create.
        metadata: as for every :class:`FileDataset`.
    """

    FORM = "skops archive"

    def __init__(
        self,
        *,
        filepath: str | Path,
        trusted: Sequence[str] = (),
        metadata: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(filepath=filepath, metadata=metadata)
        self._trusted = sorted(trusted)

    def _read(self, path: Path) -> Any:
        from skops import io as skops_io

        self._refuse_untrusted(path.read_bytes())
        return skops_io.load(path, trusted=self._trusted)

    def _write(self, data: Any, path: Path) -> None:
        from skops import io as skops_io

        content = without_addresses(skops_io.dumps(data))
        # Better refused now than by the stage that loads it.
        self._refuse_untrusted(content)
        path.write_bytes(content)

    def _refuse_untrusted(self, content: bytes) -> None:
        from skops import io as skops_io

        unknown = sorted(set(skops_io.get_untrusted_types(data=content)) - set(self._trusted))
        if unknown:
            raise DatasetError(
                f"{self._path} holds types that are not trusted: {', '.join(unknown)}. Where they "
                "are wanted, add them to `trusted` of this dataset's catalog entry."
            )

    def _describe(self) -> dict[str, Any]:
        return {**super()._describe(), "trusted": self._trusted}


def without_addresses(content: bytes) -> bytes:
    """Return the same archive with nothing in it that differs from process to process.

    skops numbers objects and names their files by memory address (or at random), and a ZIP
    archive carries dates: here both are numbered by first appearance, and the dates are fixed.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as source:
        files = {name: source.read(name) for name in source.namelist() if name != _SCHEMA}
        schema = json.loads(source.read(_SCHEMA))
    numbers: dict[int, int] = {}
    names: dict[str, str] = {}

    def renumber(node: Any) -> Any:
        if isinstance(node, list):
            return [renumber(item) for item in node]
        if not isinstance(node, dict):
            return node
        result: dict[str, Any] = {}
        for key, value in node.items():
            if key == "__id__" and isinstance(value, int):
                result[key] = numbers.setdefault(value, len(numbers))
            elif key == "file" and isinstance(value, str) and value in files:
                name = f"{len(names)}{Path(value).suffix}"
                result[key] = names.setdefault(value, name)
            else:
                result[key] = renumber(value)
        return result

    renamed = json.dumps(renumber(schema), indent=2)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as target:
        for old, new in names.items():
            target.writestr(zipfile.ZipInfo(new), files[old])
        target.writestr(zipfile.ZipInfo(_SCHEMA), renamed)
    return buffer.getvalue()
