"""Which files are images that can be used, and what the others are told."""

import io
import struct
import zlib
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from kizu.preprocessing.images import decode, load_image
from kizu.sources.files import RejectedFileError, SourceFile
from kizu.sources.images import ImageChecks, inspect_image

CHECKS = ImageChecks(
    extensions=[".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"],
    width=None,
    height=None,
    mode=None,
    max_pixels=10_000,
)
PIXELS = np.random.default_rng(0).integers(0, 256, (12, 20, 3), np.uint8)


def encode(form: str, mode: str = "RGB", **options) -> bytes:
    """A 20 × 12 image of noise in a format and a mode."""
    if mode == "I;16":
        image = Image.fromarray(PIXELS[..., 0].astype(np.uint16) * 257)
    elif mode in ("I", "F"):
        image = Image.fromarray(PIXELS[..., 0].astype({"I": np.int32, "F": np.float32}[mode]))
    else:
        image = Image.fromarray(PIXELS).convert(mode)
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def several(form: str) -> bytes:
    frame = Image.fromarray(PIXELS)
    return encode(form, save_all=True, append_images=[frame.rotate(180)])


def rotated() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: 20 × 12 pixels show a picture of 12 × 20
    return encode("JPEG", exif=exif)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that announces an enormous image."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    data = zlib.compress(bytes(1000))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    )


def text_bomb() -> bytes:
    """A PNG whose comment unpacks to 80 MB."""
    content = encode("PNG")
    comment = b"c\0\0" + zlib.compress(bytes(80_000_000), 9)
    return content[:33] + chunk(b"zTXt", comment) + content[33:]


def damaged() -> bytes:
    content = bytearray(encode("PNG"))
    middle = len(content) // 2
    content[middle : middle + 20] = bytes(20)
    return bytes(content)


def cut(content: bytes, share: float = 0.8) -> bytes:
    return content[: int(len(content) * share)]


GOOD: dict[str, tuple[str, Callable[[], bytes], tuple[int, int, str]]] = {
    "color": ("a.png", lambda: encode("PNG"), (20, 12, "RGB")),
    "gray": ("a.png", lambda: encode("PNG", "L"), (20, 12, "L")),
    "gray with alpha": ("a.png", lambda: encode("PNG", "LA"), (20, 12, "LA")),
    "color with alpha": ("a.png", lambda: encode("PNG", "RGBA"), (20, 12, "RGBA")),
    "palette": ("a.png", lambda: encode("PNG", "P"), (20, 12, "P")),
    "transparent palette": ("a.png", lambda: encode("PNG", "P", transparency=3), (20, 12, "P")),
    "black and white": ("a.png", lambda: encode("PNG", "1"), (20, 12, "1")),
    "16 bits": ("a.png", lambda: encode("PNG", "I;16"), (20, 12, "I;16")),
    "16-bit TIFF": ("a.tif", lambda: encode("TIFF", "I;16"), (20, 12, "I;16")),
    "photo": ("a.jpg", lambda: encode("JPEG"), (20, 12, "RGB")),
    "photo from a scanner": ("a.JPEG", lambda: encode("JPEG", "CMYK"), (20, 12, "CMYK")),
    "photo with the camera turned": ("a.jpg", rotated, (12, 20, "RGB")),
    "photo with a preview": ("a.jpg", lambda: several("MPO"), (20, 12, "RGB")),
    "CMYK TIFF": ("a.tiff", lambda: encode("TIFF", "CMYK"), (20, 12, "CMYK")),
    "bitmap": ("a.bmp", lambda: encode("BMP"), (20, 12, "RGB")),
    "GIF": ("a.gif", lambda: encode("GIF", "L"), (20, 12, "P")),
    "WebP": ("a.webp", lambda: encode("WEBP"), (20, 12, "RGB")),
    "odd name": ("a b/傷 (1).png", lambda: encode("PNG"), (20, 12, "RGB")),
}

BAD: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "empty": ("a.png", lambda: b"", "^is empty$"),
    "truncated PNG": ("a.png", lambda: cut(encode("PNG")), "cut short or damaged.*[Tt]runcated"),
    "truncated JPEG": (
        "a.jpg",
        lambda: cut(encode("JPEG")),
        "cut short or damaged",
    ),
    "truncated header": ("a.jpg", lambda: cut(encode("JPEG"), 0.3), "cut short or damaged"),
    "truncated GIF": ("a.gif", lambda: cut(encode("GIF")), "cut short or damaged"),
    "truncated BMP": ("a.bmp", lambda: cut(encode("BMP")), "cut short or damaged.*truncated"),
    "truncated TIFF": ("a.tif", lambda: cut(encode("TIFF")), "."),
    "truncated WebP": ("a.webp", lambda: cut(encode("WEBP")), "."),
    "signature only": ("a.png", lambda: encode("PNG")[:8], "no readable PNG image|damaged"),
    "damaged inside": ("a.png", damaged, "cut short or damaged"),
    "noise": ("a.png", lambda: PIXELS.tobytes(), "no readable PNG image"),
    "zeros": ("a.jpg", lambda: bytes(500), "no readable JPEG image"),
    "text": ("a.png", lambda: "これは画像ではない\n".encode(), "^holds text; .* promises PNG"),
    "long text": ("a.png", lambda: b"a" + "傷".encode() * 999, "^holds text"),
    "error page": ("a.jpg", lambda: b"<html>404</html>", "^holds text; .* promises JPEG"),
    "UTF-16 text": ("a.png", lambda: "no image".encode("utf-16"), "no readable PNG image"),
    "JPEG called PNG": ("a.png", lambda: encode("JPEG"), "holds a JPEG.*'.png' promises PNG"),
    "PNG called JPEG": ("a.jpeg", lambda: encode("PNG"), "holds a PNG.*'.jpeg' promises JPEG"),
    "kind that is not read": ("a.png", lambda: encode("PPM"), "no readable PNG image"),
    "other extension": ("notes.txt", lambda: b"x", "has the extension '.txt'; .bmp, .gif"),
    "no extension": ("README", lambda: b"x", "has the extension ''"),
    "hidden": (".png", lambda: encode("PNG"), "has the extension ''"),
    "bomb": ("a.png", lambda: bomb(9999, 9999), r"99980001 pixels \(9999 × 9999\); at most 10000"),
    "huge bomb": ("a.png", lambda: bomb(10**6, 10**6), "more than .* pixels; at most 10000"),
    "no pixels": ("a.png", lambda: bomb(0, 5), "."),
    "too little data": ("a.png", lambda: bomb(90, 90), "cut short or damaged"),
    "bomb in a comment": ("a.png", text_bomb, "damaged"),
    "animation": ("a.gif", lambda: several("GIF"), "holds 2 images; one is expected"),
    "animated PNG": ("a.png", lambda: several("PNG"), "holds 2 images; one is expected"),
    "pages": ("a.tif", lambda: several("TIFF"), "holds 2 images; one is expected"),
    "floats": ("a.tif", lambda: encode("TIFF", "F"), "32-bit pixels without a fixed range"),
    "32-bit integers": ("a.tif", lambda: encode("TIFF", "I"), "32-bit pixels"),
}


def inspect(name: str, content: bytes, checks: ImageChecks = CHECKS) -> dict:
    return inspect_image(SourceFile(name, name, "label", content), checks)


@pytest.mark.parametrize("case", GOOD)
@pytest.mark.parametrize("on_disk", [False, True])
def test_a_good_image_gives_its_facts(case, on_disk, tmp_path):
    name, content, (width, height, mode) = GOOD[case]
    file = SourceFile(name, name, "label", content())
    if on_disk:
        (tmp_path / "file").write_bytes(content())
        file = SourceFile(name, name, "label", tmp_path / "file")
    assert inspect_image(file, CHECKS) == {"width": width, "height": height, "mode": mode}


@pytest.mark.parametrize("case", BAD)
@pytest.mark.parametrize("on_disk", [False, True])
def test_a_bad_file_is_refused_with_a_reason(case, on_disk, tmp_path, recwarn):
    name, content, reason = BAD[case]
    file = SourceFile(name, name, "label", content())
    if on_disk:
        (tmp_path / "file").write_bytes(content())
        file = SourceFile(name, name, "label", tmp_path / "file")
    with pytest.raises(RejectedFileError, match=reason) as error:
        inspect_image(file, CHECKS)
    # Neither addresses nor absolute paths: the reason is written into an output.
    assert "0x" not in str(error.value)
    assert str(tmp_path) not in str(error.value)
    assert [str(w.message) for w in recwarn] == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"width": 28}, "is 20 pixels wide; 28 are expected"),
        ({"height": 28}, "is 12 pixels high; 28 are expected"),
        ({"mode": "L"}, "has the mode RGB; L is expected"),
        ({"extensions": [".jpg", ".bmp"]}, "has the extension '.png'; .jpg, .bmp are accepted"),
        ({"max_pixels": 239}, r"has 240 pixels \(20 × 12\); at most 239"),
    ],
)
def test_an_image_other_than_expected_is_refused(change, reason):
    with pytest.raises(RejectedFileError, match=reason):
        inspect("a.png", encode("PNG"), CHECKS.model_copy(update=change))


def test_a_file_that_vanished_is_refused(tmp_path):
    file = SourceFile("a", "a.png", "label", tmp_path / "a.png")
    with pytest.raises(RejectedFileError, match=r"^cannot be read: No such file or directory$"):
        inspect_image(file, CHECKS)


def test_an_image_as_expected_is_accepted():
    expected = CHECKS.model_copy(update={"width": 12, "height": 20, "mode": "RGB"})
    assert inspect("a.jpg", rotated(), expected) == {"width": 12, "height": 20, "mode": "RGB"}


@cache
def originals() -> list[tuple[str, bytes]]:
    return [(name, content()) for name, content, _ in GOOD.values()]


@pytest.mark.parametrize("case", GOOD)
def test_wherever_a_file_is_cut_it_is_refused_or_its_pixels_are_whole(case):
    name, content, _ = GOOD[case]
    whole = content()
    pixels = np.asarray(decode(whole))
    for length in range(0, len(whole), 7):
        try:
            inspect(name, whole[:length])
        except RejectedFileError:
            continue
        # Of a PNG, only the end mark (12 bytes that say nothing) may be missing.
        assert not name.endswith("png") or len(whole) - length <= 12
        assert np.array_equal(np.asarray(decode(whole[:length])), pixels)


@settings(max_examples=300)
@given(data=st.data())
def test_damage_is_refused_or_harmless_but_never_an_error_of_another_kind(data):
    name, content = data.draw(st.sampled_from(originals()))
    damaged = bytearray(content)
    for _ in range(data.draw(st.integers(0, 4))):
        damaged[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    damaged = damaged[: data.draw(st.integers(0, len(content)))]
    try:
        facts = inspect(name, bytes(damaged))
    except RejectedFileError:
        return
    assert facts["width"] * facts["height"] <= CHECKS.max_pixels
    # What was accepted once can be used later.
    image = load_image(bytes(damaged), "rgb")
    assert image.shape == (facts["height"], facts["width"], 3)
