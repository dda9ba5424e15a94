"""Ingest and prepare a data set of images three times as large as the address space.

3 GB of image files (uncompressed, so that time goes into moving data) go through the stages
`ingest_images` and `images`, each a process of its own under a limit of 1 GB on the address space,
as `ulimit -v` sets it. What comes out is compared with what went in.

    .venv/bin/python benchmarks/larger_than_memory.py

Needs about 10 GB of disk under --folder, which are freed again. Linux only.
Results: results/larger_than_memory.json.
"""

import argparse
import hashlib
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from _timing import RESULTS

ROOT = Path(__file__).parents[1]
PROFILE = "larger"
LIMIT_BYTES = 10**9
SIDE = 512
FILES = 4100
STAGES = ("ingest_images", "images")
# Every thread of a library, and every arena of the allocator, reserves address space at once.
FRUGAL = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "KIZU_SYNC": "manual",
}


def picture(number: int) -> np.ndarray:
    """Return image ``number``, uint8 (512, 512, 3): noise, and its number in the corner."""
    noise = np.random.default_rng(number % 16).integers(0, 256, (SIDE, SIDE, 3), np.uint8)
    noise[0, 0] = number % 256, number // 256, 0
    return noise


def write_source(folder: Path, files: int) -> int:
    """Write the images as BMP files of two classes; return their bytes."""
    from PIL import Image

    for label in ("even", "odd"):
        (folder / label).mkdir(parents=True)
    for start in range(16):  # images of the same noise one after the other
        noise = picture(start)
        for number in range(start, files, 16):
            noise[0, 0] = number % 256, number // 256, 0
            Image.fromarray(noise).save(folder / name(number))
    return sum(path.stat().st_size for path in folder.rglob("*.bmp"))


def name(number: int) -> str:
    return f"{('even', 'odd')[number % 2]}/{number:05d}.bmp"


def write_project(root: Path) -> None:
    """Lay out a project of this code whose profile reads ``root / "source"``."""
    shutil.copy(ROOT / "pyproject.toml", root)
    for folder in ("src", "conf/base"):
        shutil.copytree(ROOT / folder, root / folder)
    (root / "conf" / "local").mkdir()
    profile: dict[str, Any] = {
        "parameters_ingest_images": {"ingest_images": {"source": "folder"}},
        "parameters_images": {"images": {"channels": "rgb", "steps": []}},
        "catalog_ingest_images": {
            "source_images": {
                "type": "kizu.datasets.source_folder.SourceFolderDataset",
                "filepath": "source",
                "metadata": {"kizu": {"kind": "source"}},
            }
        },
    }
    (root / "conf" / PROFILE).mkdir()
    for file, content in profile.items():
        (root / "conf" / PROFILE / f"{file}.yml").write_text(yaml.safe_dump(content))


def run_limited(stage: str, root: Path, limit: int) -> dict[str, float]:
    """Run a stage under the limit; return its seconds and its peaks in bytes.

    Raises:
        SystemExit: it failed.
    """
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "kizu", "run", stage, "--env", PROFILE],
        cwd=root,
        env=os.environ | FRUGAL,
        preexec_fn=partial(resource.setrlimit, resource.RLIMIT_AS, (limit, limit)),
    )
    peaks = {"VmPeak": 0, "VmHWM": 0}
    while process.poll() is None:
        peaks |= _peaks(process.pid, peaks)
        time.sleep(0.02)
    if process.returncode:
        raise SystemExit(f"{stage} failed with status {process.returncode}")
    return {
        "seconds": round(time.perf_counter() - start, 1),
        "peak_address_space_bytes": peaks["VmPeak"],
        "peak_resident_bytes": peaks["VmHWM"],
    }


def _peaks(process: int, names: Iterable[str]) -> dict[str, int]:
    """Return what Linux has measured so far; nothing once the process has ended."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return {}
    lines = [line.split() for line in status.splitlines()]
    return {line[0][:-1]: int(line[1]) * 1024 for line in lines if line[0][:-1] in names}


def check(root: Path, files: int) -> None:
    """Compare what came out with what went in, a sample of every class and split."""
    import pandas as pd

    data = root / "data" / PROFILE
    manifest = pd.read_csv(data / "01_raw/images/manifest.csv")
    index = pd.read_parquet(data / "05_model_input/images/index.parquet")
    images = np.load(data / "05_model_input/images/images.npy", mmap_mode="r")
    assert len(manifest) == len(index) == len(images) == files
    assert images.shape[1:] == (3, SIDE, SIDE)
    assert set(index["split"]) == {"train", "calibration", "test"}
    for row in range(0, files, max(1, files // 100)):
        path = manifest["path"][row]
        raw = data / "01_raw/images/files" / path
        assert hashlib.sha256(raw.read_bytes()).hexdigest() == manifest["sha256"][row]
        assert np.array_equal(images[row].transpose(1, 2, 0), picture(int(Path(path).stem)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=FILES)
    parser.add_argument("--limit", type=int, default=LIMIT_BYTES, help="bytes of address space")
    parser.add_argument("--folder", type=Path, help="where the data lies meanwhile")
    parser.add_argument("--result", type=Path, default=RESULTS / "larger_than_memory.json")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        root = Path(folder)
        write_project(root)
        source_bytes = write_source(root / "source", arguments.files)
        stages = {stage: run_limited(stage, root, arguments.limit) for stage in STAGES}
        array_bytes = (root / f"data/{PROFILE}/05_model_input/images/images.npy").stat().st_size
        check(root, arguments.files)
    result = {
        "title": "Ingest and prepare images under a limit on the address space",
        "limit_bytes": arguments.limit,
        "files": arguments.files,
        "source_bytes": source_bytes,
        "array_bytes": array_bytes,
        "stages": stages,
    }
    arguments.result.write_text(json.dumps(result, indent=2, sort_keys=True) + "\n", "utf-8")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
