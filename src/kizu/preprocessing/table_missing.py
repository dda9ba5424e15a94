"""Missing values: counted, and replaced by the median of the training rows."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd


def count_missing(frame: "pd.DataFrame") -> dict[str, int]:
    """Return the missing values of every column; infinite numbers count as missing."""
    from pandas.api import types

    return {
        str(name): int(
            (~np.isfinite(frame[name])).sum()
            if types.is_float_dtype(frame[name])
            else frame[name].isna().sum()
        )
        for name in frame.columns
    }


def fit_medians(frame: "pd.DataFrame") -> dict[str, float]:
    """Return the median of the values of each column of numbers; 0 of a column without values."""
    medians = frame.median()
    return {str(name): float(value) for name, value in medians.fillna(0.0).items()}


def impute(frame: "pd.DataFrame", medians: Mapping[str, float]) -> "pd.DataFrame":
    """Return a table of numbers whose missing values are replaced, column by column."""
    return frame.fillna(dict(medians))
