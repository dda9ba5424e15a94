"""The short cut for plain files: Pillow's values, or nothing."""

import io
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from kizu.preprocessing.image_arrays import from_pillow
from kizu.preprocessing.images import (
    Channels,
    ImageDecodingError,
    decode,
    flatten_transparency,
    load_image,
    to_8_bit,
    to_channels,
)
from kizu.preprocessing.plain_images import decode_plain


def encode(image: Image.Image, form: str, **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def picture(seed: int, mode: str = "RGB", size: tuple[int, int] = (45, 30)) -> Image.Image:
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 5, 3), np.uint8)
    return Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC).convert(mode)


def pillows_way(content: bytes, channels: Channels) -> np.ndarray:
    return from_pillow(to_channels(flatten_transparency(to_8_bit(decode(content))), channels))


def outcome(load: Callable[[bytes, Channels], np.ndarray], content: bytes) -> list | str:
    """Return the pixels, or what is said of the file."""
    try:
        return load(content, "rgb").tolist()
    except ImageDecodingError as error:
        return str(error)


PLAIN = {
    "png": ("PNG", {}),
    "png, best compression": ("PNG", {"optimize": True}),
    "png with its resolution": ("PNG", {"dpi": (72, 72)}),
    "jpeg": ("JPEG", {}),
    "jpeg 100": ("JPEG", {"quality": 100}),
    "jpeg 10": ("JPEG", {"quality": 10}),
    "jpeg 4:4:4": ("JPEG", {"subsampling": 0}),
    "jpeg 4:2:2": ("JPEG", {"subsampling": 1}),
    "jpeg with its own codes": ("JPEG", {"optimize": True}),
    "jpeg with a comment": ("JPEG", {"comment": "a comment"}),
}


@pytest.mark.parametrize("kind", PLAIN)
@pytest.mark.parametrize("mode", ["L", "RGB"])
@given(seed=st.integers(0, 2**32 - 1), size=st.tuples(st.integers(1, 70), st.integers(1, 70)))
def test_plain_files_have_pillows_values(kind, mode, seed, size):
    form, options = PLAIN[kind]
    content = encode(picture(seed, mode, size), form, **options)
    plain = decode_plain(content)
    assert plain is not None
    assert plain.dtype == np.uint8
    theirs = decode(content)
    assert np.array_equal(plain[:, :, 0] if mode == "L" else plain, np.asarray(theirs))
    for channels in ("gray", "rgb"):
        loaded = load_image(content, channels)
        assert np.array_equal(loaded.squeeze(), np.asarray(to_channels(theirs, channels)).squeeze())


def turned() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


def text_chunk() -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    info.add_text("XML:com.adobe.xmp", '<x tiff:Orientation="6"/>')
    return info


def late_exif() -> bytes:
    """A PNG whose orientation comes after its pixels."""
    early = encode(picture(0), "PNG", exif=turned())
    start = early.index(b"eXIf") - 4
    stop = start + 12 + int.from_bytes(early[start : start + 4], "big")
    end = early.index(b"IEND") - 4
    return early[:start] + early[stop:end] + early[start:stop] + early[end:]


OTHERS = {
    "turned jpeg": encode(picture(0), "JPEG", exif=turned()),
    "turned png": encode(picture(0), "PNG", exif=turned()),
    "png turned at its end": late_exif(),
    "png turned by its text": encode(picture(0), "PNG", pnginfo=text_chunk()),
    "progressive jpeg": encode(picture(0), "JPEG", progressive=True),
    "jpeg with restarts": encode(picture(0), "JPEG", restart_marker_blocks=2),
    "jpeg with something behind": encode(picture(0), "JPEG") + b"behind",
    "cmyk jpeg": encode(picture(0, "CMYK"), "JPEG"),
    "rgb jpeg": encode(picture(0), "JPEG", keep_rgb=True),
    "palette": encode(picture(0, "P"), "PNG"),
    "alpha": encode(picture(0, "RGBA"), "PNG"),
    "gray with alpha": encode(picture(0, "LA"), "PNG"),
    "a transparent color": encode(picture(0), "PNG", transparency=(1, 2, 3)),
    "one bit": encode(picture(0, "1"), "PNG"),
    "gif": encode(picture(0), "GIF"),
    "webp": encode(picture(0), "WEBP"),
    "bmp": encode(picture(0), "BMP"),
    "tiff": encode(picture(0), "TIFF"),
}


@pytest.mark.parametrize("kind", OTHERS)
def test_all_others_are_left_to_pillow(kind):
    content = OTHERS[kind]
    assert decode_plain(content) is None
    assert np.array_equal(load_image(content, "rgb"), pillows_way(content, "rgb"))


def test_16_bits_are_left_to_pillow():
    content = encode(Image.fromarray(np.arange(64, dtype=np.uint16).reshape(8, 8) * 999), "PNG")
    assert decode_plain(content) is None


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_a_file_cut_anywhere_is_an_error_as_with_pillow(form):
    content = encode(picture(0, size=(20, 15)), form)
    for length in range(0, len(content) - 12, 7):
        assert outcome(load_image, content[:length]) == outcome(pillows_way, content[:length])


@given(data=st.data(), form=st.sampled_from(["PNG", "JPEG"]))
def test_a_damaged_file_is_what_it_is_with_pillow(data, form):
    content = bytearray(encode(picture(0, size=(20, 15)), form))
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=3)):
        content[place] = data.draw(st.integers(0, 255))
    assert outcome(load_image, bytes(content)) == outcome(pillows_way, bytes(content))


def test_no_content_is_no_plain_file():
    assert decode_plain(b"") is None
    assert decode_plain(b"\x89PNG\r\n\x1a\n") is None
    assert decode_plain(b"\xff\xd8\xff\xe0\x00\x10JFIF\0") is None
