"""A folder of JPEG and PNG files to one array on disk, against a plain loop with Pillow.

60,000 color photographs' worth of files, 64 to 128 pixels a side, half JPEG and half PNG, become
images.npy of 64x64 pixels. Theirs is what people write: open, convert, resize, append; stack; save.
Ours is the node of the stage `images` and its dataset, which also turns images upright, checks
them, flattens transparency and never has more than a block in memory. Both files are equal, byte by
byte, and every run writes its file anew. The files are of 1,000 different pictures: what counts is
decoding, and it is the same work for a copy. Each contestant has a process of its own.

    python benchmarks/image_folder.py

Results: results/image_folder.json.
"""

import argparse
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from _timing import interleave, own_processes, report
from PIL import Image

from kizu.datasets.npy import NpyDataset
from kizu.pipelines.images.nodes import prepare_images
from kizu.pipelines.images.parameters import ImagesParameters
from kizu.preprocessing.blocks import usable_cores

PEER, OURS = "plain Pillow loop", "kizu"
SIZE = 64
PICTURES = 1000


def main() -> None:
    """Parse the command line, run the contestants in turn and write the results."""
    parser = argparse.ArgumentParser(description="A folder of images to an array, side by side.")
    parser.add_argument("--images", type=int, default=60_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="image_folder_") as place:
        folder = Path(place, "files")
        size = write_files(folder, options.images)
        outputs = {PEER: Path(place, "theirs.npy"), OURS: Path(place, "ours.npy")}
        builders = {
            PEER: partial(build_theirs, folder, outputs[PEER]),
            OURS: partial(build_ours, folder, outputs[OURS]),
        }
        with own_processes(builders) as contestants:
            seconds = interleave(contestants, options.rounds, warmup=1)
        if outputs[PEER].read_bytes() != outputs[OURS].read_bytes():
            raise SystemExit("The two arrays differ: no comparison.")
    report(
        "image_folder",
        f"{options.images:,} JPEG and PNG files of 64 to 128 pixels to images.npy at {SIZE}x{SIZE}",
        seconds,
        reference=PEER,
        goals={OURS: 3.0},
        facts={
            "files": f"{options.images:,}, {size / 2**20:.0f} MiB, half JPEG and half PNG",
            "cores that this process may use": usable_cores(),
            "results": "equal byte by byte",
        },
    )


def write_files(folder: Path, count: int) -> int:
    """Write the files, the same on every machine; return their size in bytes."""
    folder.mkdir()
    rng = np.random.default_rng(0)
    size = 0
    for number in range(min(count, PICTURES)):
        coarse = rng.integers(0, 256, (8, 8, 3), np.uint8)
        height, width = rng.integers(64, 129, 2).tolist()
        smooth = np.asarray(
            Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)
        )
        grain = rng.integers(0, 9, smooth.shape, np.uint8)
        picture = Image.fromarray(np.maximum(smooth, 8) - grain)
        suffix = ("jpg", "png")[number % 2]
        first = folder / f"{number:05d}.{suffix}"
        picture.save(first)
        content = first.read_bytes()
        for copy in range(number, count, PICTURES):
            (folder / f"{copy:05d}.{suffix}").write_bytes(content)
            size += len(content)
    return size


def build_theirs(folder: Path, output: Path) -> Callable[[], Any]:
    """Return the plain loop."""
    paths = sorted(folder.iterdir())

    def run() -> None:
        arrays = []
        for path in paths:
            with Image.open(path) as image:
                resized = image.convert("RGB").resize((SIZE, SIZE), Image.Resampling.BILINEAR)
            arrays.append(np.asarray(resized).transpose(2, 0, 1))
        np.save(output, np.stack(arrays))

    return run


def build_ours(folder: Path, output: Path) -> Callable[[], Any]:
    """Return the stage's node and the saving of what it returns."""
    import pandas as pd

    paths = sorted(folder.iterdir())
    files = {path.name: path for path in paths}
    manifest = pd.DataFrame({"path": list(files)})
    parameters = ImagesParameters(
        channels="rgb",
        steps=[{"resize": {"height": SIZE, "width": SIZE, "interpolation": "bilinear"}}],
        gallery_sample="first",
        split={"train": 0.5, "calibration": 0.25, "test": 0.25},
        seed=0,
    )
    dataset = NpyDataset(filepath=str(output))
    return lambda: dataset.save(prepare_images(files, manifest, parameters))


if __name__ == "__main__":
    main()
