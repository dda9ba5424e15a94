"""Outliers by the interquartile range: counted, and pulled to the fences where asked."""

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin

_FENCE = 1.5


def fences(values: np.ndarray, factor: float = _FENCE) -> tuple[float, float]:
    """Return the values beyond which a number is an outlier.

    ``Q1 - factor · (Q3 - Q1)`` and ``Q3 + factor · (Q3 - Q1)``, the quartiles interpolated
    linearly: Tukey, "Exploratory Data Analysis" (1977). Of a normal distribution 0.7% lie beyond.

    Args:
        values: (N,); missing ones are left out.
        factor: how many interquartile ranges beyond the quartiles.
    """
    low, high = np.nanquantile(values, [0.25, 0.75])
    return float(low - factor * (high - low)), float(high + factor * (high - low))


def count_outliers(values: np.ndarray, limits: tuple[float, float]) -> int:
    """Return how many of the values (N,) lie beyond the fences."""
    low, high = limits
    return int(((values < low) | (values > high)).sum())


class OutlierClipper(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):
    """Pulls outliers to the fences of the training rows; missing values stay missing."""

    def fit(self, X: Any, y: Any = None) -> Self:
        """Remember the fences of each column of ``X`` (N, F)."""
        from sklearn.utils.validation import validate_data

        checked = validate_data(self, X, dtype=np.float64, ensure_all_finite="allow-nan")
        self.limits_ = np.array([fences(column) for column in checked.T])
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Return ``X`` (N, F) with every value between the fences of its column."""
        from sklearn.utils.validation import check_is_fitted, validate_data

        check_is_fitted(self)
        checked = validate_data(
            self, X, dtype=np.float64, ensure_all_finite="allow-nan", reset=False
        )
        return np.clip(checked, self.limits_[:, 0], self.limits_[:, 1])
