"""Images, image folders and archives of images that are broken or odd."""

import io
import os
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import yaml
from case import ACCEPTED, Case, write
from PIL import Image

from kizu.datasets.folder import FolderDataset
from kizu.preprocessing.images import load_image
from kizu.sources.archives import read_archive
from kizu.sources.files import Reject
from kizu.sources.folder import read_folder
from kizu.sources.images import ImageChecks, inspect_image
from kizu.sources.manifest import collect

_CONF = Path(__file__).parents[2] / "conf/base/parameters_ingest_images.yml"
CHECKS = ImageChecks(**yaml.safe_load(_CONF.read_text())["ingest_images"]["checks"])
_NOISE = np.random.default_rng(0).integers(0, 256, (24, 16, 3), np.uint8)


def encode(kind: str, mode: str = "RGB", **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(_NOISE).convert(mode).save(buffer, kind, **options)
    return buffer.getvalue()


PNG = encode("PNG")
JPEG = encode("JPEG")


def make_good(folder: Path) -> None:
    (folder / "good.png").write_bytes(PNG)


def ingest(source: Path, target: Path) -> tuple[list[str], list[Reject]]:
    items = []
    for item in read_folder(source):
        archive = not isinstance(item, Reject) and item.path.endswith((".zip", ".tar.gz", ".tar"))
        items += read_archive(item.content) if archive else [item]
    collection = collect(items, partial(inspect_image, checks=CHECKS), max_reject_share=1)
    raw = FolderDataset(filepath=target / "raw")
    raw.save(collection.contents)
    for path in raw.load().values():
        assert load_image(path, "rgb").dtype == np.uint8
    return list(collection.contents), collection.rejects


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_header(width: int, height: int, depth: int = 8, color: int = 0) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)


def bad_checksum() -> bytes:
    content = bytearray(PNG)
    content[content.index(b"IDAT") - 4 - 5] ^= 0xFF  # in the header's checksum
    return bytes(content)


def bomb() -> bytes:
    """8,000 × 8,000 black pixels in less than 1 MB."""
    rows = zlib.compressobj(1)
    data = b"".join(rows.compress(bytes(8_001)) for _ in range(8_000)) + rows.flush()
    return png_header(8_000, 8_000) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def text_bomb() -> bytes:
    """A comment that unpacks to 100 MB."""
    comment = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(100 * 2**20), 1))
    return PNG[:33] + comment + PNG[33:]


def rotated(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encode("JPEG", exif=exif)


def animated(kind: str) -> bytes:
    frames = [Image.new("RGB", (8, 8), color) for color in ("red", "green")]
    buffer = io.BytesIO()
    frames[0].save(buffer, kind, save_all=True, append_images=frames[1:])
    return buffer.getvalue()


def sixteen_bit() -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.linspace(0, 65535, 64).astype(np.uint16).reshape(8, 8)).save(buffer, "PNG")
    return buffer.getvalue()


def floats() -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.full((8, 8), np.nan, np.float32)).save(buffer, "TIFF")
    return buffer.getvalue()


def zip_of(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def tar_of(members: dict[str, bytes], links: dict[str, str] | None = None) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        for name, target in (links or {}).items():
            info = tarfile.TarInfo(name)
            info.type, info.linkname = tarfile.SYMTYPE, target
            archive.addfile(info)
    return buffer.getvalue()


def zip_bomb() -> bytes:
    return zip_of({"a.png": bytes(101 * 2**20)})


def encrypted_zip() -> bytes:
    content = bytearray(zip_of({"secret.png": PNG}))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def link(name: str, target: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).symlink_to(target)


def link_to_itself(folder: Path) -> None:
    (folder / "round.png").symlink_to("about.png")
    (folder / "about.png").symlink_to("round.png")


def folder_in_circles(folder: Path) -> None:
    (folder / "a").mkdir()
    (folder / "a" / "up").symlink_to("..")


def folder_named_as_image(folder: Path) -> None:
    (folder / "folder.png").mkdir()
    (folder / "folder.png" / "inside.png").write_bytes(PNG)


def deep_folder(folder: Path) -> None:
    for _ in range(40):
        folder /= "deeper and deeper"
    folder.mkdir(parents=True)
    (folder / "deep.png").write_bytes(PNG)


def unreadable(folder: Path) -> None:
    """Not even the superuser opens a file at the end of such a link."""
    (folder / "unreadable.png").symlink_to("good.png/x")


CASES = [
    # what a download or a full disk leaves behind
    Case("empty", write("a.png", b""), "is empty"),
    Case("one byte", write("a.png", b"\x89"), "no readable PNG"),
    Case("only zeros", write("a.jpg", bytes(4096)), "no readable JPEG"),
    Case("PNG cut in its header", write("a.png", PNG[:20]), "PNG|cut short"),
    Case("PNG cut in its pixels", write("a.png", PNG[:-200]), "cut short or damaged"),
    Case("PNG without its end", write("a.png", PNG[:-12]), "cut short or damaged"),
    Case("JPEG cut in half", write("a.jpg", JPEG[: len(JPEG) // 2]), "cut short or damaged"),
    Case("JPEG cut before its last bytes", write("a.jpg", JPEG[:-20]), "cut short or damaged"),
    Case("GIF cut in half", write("a.gif", encode("GIF")[:1000]), "cut short or damaged"),
    Case("TIFF cut in half", write("a.tif", encode("TIFF")[:500]), "cut short or damaged|TIFF"),
    Case("WebP cut in half", write("a.webp", encode("WEBP")[:200]), "cut short|WEBP"),
    Case("BMP cut in half", write("a.bmp", encode("BMP")[:500]), "cut short or damaged"),
    Case("wrong checksum", write("a.png", bad_checksum()), "cut short or damaged|PNG"),
    Case("garbage after the end", write("a.jpg", JPEG + bytes(1000)), ACCEPTED),
    # something else by its name
    Case("wrong magic", write("a.png", b"\x89PMG" + PNG[4:]), "no readable PNG"),
    Case("text named as image", write("a.png", "傷\n".encode() * 99), "holds text"),
    Case("web page named as image", write("a.jpg", b"<html>404</html>"), "holds text"),
    Case("JPEG named as PNG", write("a.png", JPEG), "holds a JPEG image"),
    Case("video named as image", write("a.png", b"\0\0\0\x18ftypmp42"), "no readable PNG"),
    Case("program named as image", write("a.png", b"\x7fELF" + bytes(99)), "no readable PNG"),
    Case("PostScript named as image", write("a.png", b"%!PS-Adobe-3.0 EPSF-3.0\n"), "holds text"),
    Case("no extension", write("image", PNG), "extension"),
    Case("another extension", write("a.svg", b"<svg/>"), "extension"),
    Case("extension in capitals", write("A.PNG", PNG), ACCEPTED),
    Case("left by a file manager", write("Thumbs.db", b"\xd0\xcf\x11\xe0"), "extension"),
    # more than it seems
    Case("decompression bomb", write("a.png", bomb), "has 64000000 pixels"),
    Case("bomb in a comment", write("a.png", text_bomb), "cut short or damaged"),
    Case("huge header claim", write("a.png", png_header(2**31 - 1, 2**31 - 1)), "pixels|damaged"),
    Case("no pixels wide", write("a.png", png_header(0, 5)), "damaged|no readable"),
    Case("bit depth that is none", write("a.png", png_header(5, 5, 7)), "damaged|no readable"),
    Case("animated GIF", write("a.gif", animated("GIF")), "holds 2 images"),
    Case("TIFF of several pages", write("a.tiff", animated("TIFF")), "holds 2 images"),
    Case("pixels without a range", write("a.tif", floats()), "without a fixed range"),
    # unusual, and fine
    Case("palette", write("a.png", encode("PNG", "P")), ACCEPTED),
    Case("CMYK", write("a.jpg", encode("JPEG", "CMYK")), ACCEPTED),
    Case("16 bits", write("a.png", sixteen_bit()), ACCEPTED),
    Case("alpha", write("a.png", encode("PNG", "RGBA")), ACCEPTED),
    Case("gray with alpha", write("a.png", encode("PNG", "LA")), ACCEPTED),
    Case("1 bit", write("a.png", encode("PNG", "1")), ACCEPTED),
    Case("progressive JPEG", write("a.jpg", encode("JPEG", progressive=True)), ACCEPTED),
    *(
        Case(f"EXIF orientation {number}", write("a.jpg", rotated(number)), ACCEPTED)
        for number in (3, 6, 8, 99)
    ),
    # names and places
    Case("name with spaces", write(" a b .png", PNG), ACCEPTED),
    Case("name with a line feed", write("a\nb.png", PNG), ACCEPTED),
    Case("name in another script", write("傷 — ü😀.png", PNG), ACCEPTED),
    Case("name with a leading dash", write("-rf.png", PNG), ACCEPTED),
    Case("name with a backslash", write("x\\..\\..\\a.png", PNG), ACCEPTED),
    Case("name that is no UTF-8", write(os.fsdecode(b"a\xff.png"), PNG), ACCEPTED),
    Case("very long name", write(f"{'x' * 251}.png", PNG), ACCEPTED),
    Case("very long once portable", write(f"{'%' * 100}.png", PNG), "more than 255 bytes"),
    Case("folder named as image", folder_named_as_image, ACCEPTED),
    Case("deep folders", deep_folder, ACCEPTED),
    Case("links in circles", link_to_itself, "leads nowhere"),
    Case("link to nowhere", link("a.png", "nothing.png"), "leads nowhere"),
    Case("link out of the folder", link("a.png", "/etc/passwd"), "leads out"),
    Case("link to a folder above", folder_in_circles, "link to a folder"),
    Case("link through a file", unreadable, "leads nowhere|may not be read"),
    Case("pipe", lambda folder: os.mkfifo(folder / "a.png"), "no regular file"),
    # archives
    Case("zip with ../", write("a.zip", zip_of({"../../a.png": PNG})), "leads out"),
    Case("tar with ../", write("a.tar.gz", tar_of({"x/../../a.png": PNG})), "leads out"),
    Case("zip with an absolute name", write("a.zip", zip_of({"/tmp/a.png": PNG})), "absolute"),
    Case("zip with a Windows path", write("a.zip", zip_of({"C:\\a.png": PNG})), "absolute"),
    Case("tar with a link out", write("a.tar.gz", tar_of({}, {"a.png": "../a"})), "leads out"),
    Case("encrypted zip", write("a.zip", encrypted_zip()), "encrypted"),
    Case("zip cut short", write("a.zip", zip_of({"a.png": PNG})[:-30]), "cut short"),
    Case("tar.gz cut short", write("a.tar.gz", tar_of({"a.png": PNG})[:-30]), "cut short"),
    Case("zip bomb", write("a.zip", zip_bomb), "bomb"),
    Case("text named as zip", write("a.zip", b"no archive"), "is no zip"),
    Case("zip of a broken image", write("a.zip", zip_of({"b/a.png": PNG[:-200]})), "cut short"),
    Case("zip of a fine image", write("a.zip", zip_of({"b/a.png": PNG})), ACCEPTED),
]
