"""Rows of a table as detectors take them."""

import numpy as np
from numpy.typing import NDArray


def check_rows(rows: np.ndarray, shape: tuple[int, ...] | None = None) -> np.ndarray:
    """Return ``rows`` if they are finite float32 (N, F) with at least one row and one feature.

    Args:
        rows: to be checked.
        shape: (F,) of the rows that the detector was fitted on. None: these are to be fitted on,
            so that there must be something that varies.

    Raises:
        ValueError: another type or shape, a value that is not finite, or rows to be fitted on that
            are all the same; it names what came and what is allowed.
    """
    if rows.dtype != np.float32 or rows.ndim != 2 or 0 in rows.shape:
        raise ValueError(
            "rows must be a float32 array (N, F) with N and F at least 1, "
            f"got {rows.dtype} {rows.shape}"
        )
    if shape is not None and rows.shape[1:] != tuple(shape):
        raise ValueError(
            f"rows must be (N, {shape[0]}) as those the detector was fitted on, got {rows.shape}"
        )
    finite = np.isfinite(rows)
    if not finite.all():
        row, feature = np.argwhere(~finite)[0]
        raise ValueError(
            f"rows must be finite, got {rows[row, feature]} in row {row}, feature {feature}"
        )
    if shape is None and (rows == rows[0]).all():
        raise ValueError(
            f"nothing can be learned from {len(rows)} equal rows: at least one feature must vary"
        )
    return rows


def explanation(parts: np.ndarray) -> NDArray[np.float32]:
    """Return what features add to a score as float32, what is too large as its largest number.

    A square of a finite float32 value may not be one.
    """
    return np.minimum(parts, np.finfo(np.float32).max).astype(np.float32)


class TableItems:
    """Items that are rows of a table, and their own vectors."""

    @staticmethod
    def _check_items(items: np.ndarray, shape: tuple[int, ...] | None = None) -> np.ndarray:
        return check_rows(items, shape)

    @staticmethod
    def _vectors(items: np.ndarray) -> np.ndarray:
        return items


class ExactTableItems(TableItems):
    """Rows of a table as float64 vectors.

    In float32 a product of a batch rounds otherwise than one of a single row, and an extreme value
    that is standardized may not be finite.
    """

    @staticmethod
    def _vectors(items: np.ndarray) -> NDArray[np.float64]:
        return items.astype(np.float64)
