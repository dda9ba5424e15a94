"""Is this file an image that the pipeline can use?"""

import warnings
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from kizu.parameters import Parameters
from kizu.preprocessing.images import ImageDecodingError, as_file, damage, decode, to_8_bit
from kizu.sources.contents import check_extension, is_text, read_start
from kizu.sources.files import RejectedFileError, SourceFile

# What Pillow calls the content that each extension promises.
_FORMATS = {
    ".bmp": "BMP",
    ".gif": "GIF",
    ".jpeg": "JPEG",
    ".jpg": "JPEG",
    ".png": "PNG",
    ".tif": "TIFF",
    ".tiff": "TIFF",
    ".webp": "WEBP",
}
_KINDS = sorted(set(_FORMATS.values()))
Extension = Literal[".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"]
Mode = Literal["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"]

# Pillow refuses images of more pixels than this as decompression bombs.
_MOST_PIXELS = 178_956_970


class ImageChecks(Parameters):
    """What a file must be to be used as an image."""

    extensions: list[Extension] = Field(
        min_length=1, description="File name extensions to accept, in lower case."
    )
    width: int | None = Field(gt=0, description="Expected width in pixels; null accepts any.")
    height: int | None = Field(gt=0, description="Expected height in pixels; null accepts any.")
    mode: Mode | None = Field(description="Expected Pillow mode of the file; null accepts any.")
    max_pixels: int = Field(
        gt=0,
        le=_MOST_PIXELS,
        description="Most pixels of an image: a small file can hold a huge one.",
    )


def inspect_image(file: SourceFile, checks: ImageChecks) -> dict[str, Any]:
    """Decode an image once and return its ``width``, ``height`` (upright, in pixels) and ``mode``.

    Raises:
        RejectedFileError: the file is empty, cut short or damaged, has another extension, content,
            size or mode than expected, holds several images, or is a decompression bomb; or its
            mask cannot be decoded or has another size.
    """
    extension = check_extension(file.path, checks.extensions)
    start = read_start(file.content)
    with warnings.catch_warnings():
        # Pillow warns of odd metadata and of large images: the checks here decide instead.
        warnings.simplefilter("ignore")
        mode = _check_header(file.content, extension, start, checks)
        try:
            image = to_8_bit(decode(file.content))
        except ImageDecodingError as error:
            raise RejectedFileError(str(error)) from error
    for name, expected, found in (
        ("pixels wide", checks.width, image.width),
        ("pixels high", checks.height, image.height),
    ):
        if expected is not None and found != expected:
            raise RejectedFileError(f"is {found} {name}; {expected} are expected")
    if file.mask is not None:
        _check_mask(file.mask, image.size)
    return {"width": image.width, "height": image.height, "mode": mode}


def _check_mask(mask: bytes | Path, size: tuple[int, int]) -> None:
    try:
        found = decode(mask).size
    except ImageDecodingError as error:
        raise RejectedFileError(f"has a mask that {error}") from error
    if found != size:
        raise RejectedFileError(
            "has a mask of {} × {} pixels, and {} × {} itself".format(*found, *size)
        )


def _check_header(content: bytes | Path, extension: str, start: bytes, checks: ImageChecks) -> str:
    """Check all that needs no decoding, and return the mode of the file."""
    from PIL import Image, UnidentifiedImageError

    promised = _FORMATS[extension]
    try:
        with as_file(content) as file, Image.open(file, formats=_KINDS) as image:
            # A camera's JPEG with a preview behind the photo: Pillow reads the photo.
            found = "JPEG" if image.format == "MPO" else image.format
            if found != promised:
                raise RejectedFileError(
                    f"holds a {found} image; its extension {extension!r} promises {promised}"
                )
            pixels = image.width * image.height
            if pixels > checks.max_pixels:
                raise RejectedFileError(
                    f"has {pixels} pixels ({image.width} × {image.height}); "
                    f"at most {checks.max_pixels} are allowed"
                )
            frames = 1 if image.format == "MPO" else getattr(image, "n_frames", 1)
            if frames > 1:
                raise RejectedFileError(f"holds {frames} images; one is expected")
            if checks.mode is not None and image.mode != checks.mode:
                raise RejectedFileError(f"has the mode {image.mode}; {checks.mode} is expected")
            mode = image.mode
            image.verify()  # the checksums of a PNG; decoding does not look at all of them
            return mode
    except RejectedFileError:
        raise
    except Image.DecompressionBombError as error:
        raise RejectedFileError(
            f"has more than {_MOST_PIXELS} pixels; at most {checks.max_pixels} are allowed"
        ) from error
    except UnidentifiedImageError as error:
        raise RejectedFileError(_what_it_is(start, promised)) from error
    except Exception as error:  # each of Pillow's formats has its own errors for damage
        raise RejectedFileError(damage(error)) from error


def _what_it_is(start: bytes, promised: str) -> str:
    if is_text(start):
        return f"holds text; its extension promises {promised}"
    return f"holds no readable {promised} image: another kind of file, or a damaged header"
