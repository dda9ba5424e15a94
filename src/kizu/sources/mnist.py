"""MNIST: 70,000 handwritten digits, 28 × 28, gray."""

import gzip
import math
import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from kizu.sources.download import Download, MirrorCopy, fetch
from kizu.sources.files import MadeFile
from kizu.sources.origin import Origin, Source
from kizu.sources.pixels import png_files

_ADDRESS = "https://ossci-datasets.s3.amazonaws.com/mnist"  # where torchvision downloads from

# The official file and the mirror's hold the same data, compressed by another program.
_FILES = {
    "train-images-idx3-ubyte.gz": (
        "sha256:440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        "sha256:71524e2cd1ad2968737f7f2f2ff69cbfc32df8ccddff51593f7cb2d4e0eb5b64",
    ),
    "train-labels-idx1-ubyte.gz": (
        "sha256:3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        "sha256:fe03b8bd7915f70bf5aa08be480aa413fbd85afcaa58b35d230d335f284fd88e",
    ),
    "t10k-images-idx3-ubyte.gz": (
        "sha256:8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        "sha256:5634745efa576a17e7d4cf5cd9d09123c75e6538e5114267c2d156edaf519341",
    ),
    "t10k-labels-idx1-ubyte.gz": (
        "sha256:f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        "sha256:ae18e77e031ccde52407f794d123116439864147d33ac992975f85dd4dc42af6",
    ),
}
_IDX_UINT8 = 0x08


def open_mnist() -> Source:
    """Return MNIST: 60,000 images of the train and 10,000 of the test split.

    LeCun, Bottou, Bengio and Haffner, "Gradient-Based Learning Applied to Document Recognition"
    (1998).
    """
    origin = Origin(
        name="mnist", title="MNIST, handwritten digits", address="http://yann.lecun.com/exdb/mnist/"
    )
    return Source(origin, _read())


def _read() -> Iterator[MadeFile]:
    for split, prefix in (("train", "train"), ("test", "t10k")):
        images = read_idx(_fetch(f"{prefix}-images-idx3-ubyte.gz"))
        labels = read_idx(_fetch(f"{prefix}-labels-idx1-ubyte.gz"))
        yield from png_files(images, list(map(str, labels.tolist())), split)


def _fetch(name: str) -> Path:
    official, mirrored = _FILES[name]
    copy = MirrorCopy(f"mnist/{name}", mirrored)
    return fetch(Download(f"mnist/{name}", f"{_ADDRESS}/{name}", official, copy)).path


def read_idx(path: Path) -> np.ndarray:
    """Return the array in a compressed IDX file of unsigned bytes, in the form LeCun defined.

    Two zero bytes, the type, the number of dimensions, each dimension as a big-endian 32-bit
    number, and the values in C order.

    Raises:
        ValueError: the file has another form.
    """
    with gzip.open(path) as file:
        zeros, kind, dimensions = struct.unpack(">HBB", file.read(4))
        if zeros != 0 or kind != _IDX_UINT8:
            raise ValueError(f"{path} is no IDX file of unsigned bytes")
        shape = struct.unpack(f">{dimensions}I", file.read(4 * dimensions))
        values = np.frombuffer(file.read(), np.uint8)
    if values.size != math.prod(shape):
        raise ValueError(f"{path} announces {shape}, but holds {values.size} values")
    return values.reshape(shape)
