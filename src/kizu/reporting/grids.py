"""Pictures made of pictures, in plain NumPy."""

import numpy as np


def image_grid(
    images: np.ndarray,
    *,
    columns: int,
    scale: int = 1,
    padding: int = 1,
    background: int = 255,
) -> np.ndarray:
    """Lay images out row by row, ``columns`` a row; the last row may stay short.

    Args:
        images: (N, C, H, W) uint8 with C = 1 (gray) or 3 (RGB), N at least 1.
        columns: images a row.
        scale: each pixel becomes a ``scale`` × ``scale`` square; edges stay sharp.
        padding: pixels of ``background`` between the images, after scaling.
        background: gray level of the gaps and of the unused cells.

    Returns:
        (height, width) for gray or (height, width, 3) for color, uint8.

    Raises:
        ValueError: when the images have another form, or a size is out of range.
    """
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[1] not in (1, 3):
        raise ValueError(
            f"images must be uint8 (N, C, H, W) with C = 1 or 3, not {images.dtype} {images.shape}"
        )
    if len(images) == 0:
        raise ValueError("images is empty: a grid needs at least one image")
    if columns < 1 or scale < 1 or padding < 0:
        raise ValueError(
            "columns and scale must be at least 1 and padding at least 0, "
            f"not {columns}, {scale} and {padding}"
        )
    rows = -(-len(images) // columns)
    _, channels, height, width = images.shape
    cell_height, cell_width = height * scale + padding, width * scale + padding
    canvas = np.full(
        (rows * cell_height - padding, columns * cell_width - padding, channels),
        background,
        dtype=np.uint8,
    )
    for position, image in enumerate(images):
        top, left = position // columns * cell_height, position % columns * cell_width
        pixels = image.transpose(1, 2, 0).repeat(scale, axis=0).repeat(scale, axis=1)
        canvas[top : top + height * scale, left : left + width * scale] = pixels
    return canvas[:, :, 0] if channels == 1 else canvas
