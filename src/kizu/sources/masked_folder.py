"""A folder of the user's own images, with masks of what is anomalous in them."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath

from kizu.sources.files import Reject, SourceFile
from kizu.sources.folder import read_folder
from kizu.sources.origin import Origin, Source

_MASKS = "ground_truth"
_MASK_ENDING = "_mask.png"
_SPLITS = ("train", "test")
_DEPTH = 3


def open_masked_folder(root: Path) -> Source:
    """Return the user's own files; see :func:`read_masked_folder`."""
    origin = Origin(name="masked_folder", title="The user's own files, with masks")
    return Source(origin, read_masked_folder(root))


def read_masked_folder(root: Path) -> Iterator[SourceFile | Reject]:
    """Yield the images of a folder that is laid out as the MVTec AD data sets are.

    ``train/<class>/<name>.png`` and ``test/<class>/<name>.png`` are images, of any format; the
    mask of the latter is ``ground_truth/<class>/<name>_mask.png``, where there is one (Bergmann et
    al. 2021, "The MVTec Anomaly Detection Dataset", whose normal class is ``good``). What lies
    elsewhere is refused, and so is a mask without an image.

    Raises:
        NotADirectoryError: ``root`` is no folder.
    """
    items = list(read_folder(root))
    files = [item for item in items if isinstance(item, SourceFile)]
    masks = {file.path: file for file in files if file.path.startswith(f"{_MASKS}/")}
    yield from (item for item in items if isinstance(item, Reject))
    for file in [file for file in files if file.path not in masks]:
        parts = file.path.split("/")
        if len(parts) != _DEPTH or parts[0] not in _SPLITS:
            folders = ", ".join(f"{name}/<class>" for name in (*_SPLITS, _MASKS))
            yield Reject(file.path, f"lies elsewhere than in {folders}")
            continue
        split, label, name = parts
        mask = None
        if split == "test":
            stem = PurePosixPath(name).stem
            mask = masks.pop(f"{_MASKS}/{label}/{stem}{_MASK_ENDING}", None)
        yield replace(file, split=split, mask=mask.content if mask else None)
    yield from (Reject(path, "is the mask of no image in test/") for path in masks)
