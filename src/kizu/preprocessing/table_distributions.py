"""How the numbers of a column are distributed, and the scaler that suits them."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from kizu.preprocessing.table_outliers import count_outliers, fences

Scaler = Literal["standard", "min_max", "robust", "none"]

# The approximation of Shapiro-Wilk's p-value holds up to 5,000 values.
_MOST_TESTED = 5000
_BINS = 10
_FEWEST_A_BIN = 5


@dataclass(frozen=True)
class Distribution:
    """What is known of the numbers of a column, missing ones left out.

    Attributes:
        count: how many there are.
        mean, standard_deviation, minimum, lower_quartile, median, upper_quartile, maximum: theirs.
        skewness: their third standardized moment.
        outliers: how many lie beyond the fences.
        low_fence, high_fence: see :func:`kizu.preprocessing.table_outliers.fences`.
        normal_p: p-value of Shapiro and Wilk's test of normality (1965).
        uniform_p: p-value of Pearson's chi-square test against equal counts in ten bins of equal
            width between minimum and maximum.
    """

    count: int
    mean: float
    standard_deviation: float
    minimum: float
    lower_quartile: float
    median: float
    upper_quartile: float
    maximum: float
    skewness: float
    outliers: int
    low_fence: float
    high_fence: float
    normal_p: float
    uniform_p: float


def describe_distribution(values: np.ndarray, seed: int = 0) -> Distribution | None:
    """Return the distribution of numbers (N,); None for fewer than 3 different ones.

    Args:
        values: missing and infinite ones are left out.
        seed: of the choice of 5,000 values for Shapiro and Wilk's test, where there are more.
    """
    from scipy import stats

    present = values[np.isfinite(values)]
    if len(np.unique(present)) < 3:
        return None
    tested = present
    if len(present) > _MOST_TESTED:
        chosen = np.random.default_rng(seed).choice(len(present), _MOST_TESTED, replace=False)
        tested = present[np.sort(chosen)]
    limits = fences(present)
    quartiles = np.quantile(present, [0.25, 0.5, 0.75])
    return Distribution(
        count=len(present),
        mean=float(present.mean()),
        standard_deviation=float(present.std()),
        minimum=float(present.min()),
        lower_quartile=float(quartiles[0]),
        median=float(quartiles[1]),
        upper_quartile=float(quartiles[2]),
        maximum=float(present.max()),
        skewness=float(stats.skew(present)),
        outliers=count_outliers(present, limits),
        low_fence=limits[0],
        high_fence=limits[1],
        normal_p=float(stats.shapiro(tested).pvalue),
        uniform_p=_uniform_p(present),
    )


def _uniform_p(present: np.ndarray) -> float:
    from scipy import stats

    bins = max(2, min(_BINS, len(present) // _FEWEST_A_BIN))
    counts, _ = np.histogram(present, bins=bins)
    return float(stats.chisquare(counts).pvalue)


def recommend_scaler(
    distribution: Distribution | None, *, significance: float, outlier_share: float
) -> tuple[Scaler, str]:
    """Return the scaler that suits a column, and why.

    Args:
        distribution: of the training rows; None where there are fewer than 3 different values.
        significance: a p-value below it rejects a distribution.
        outlier_share: with a larger share of outliers, mean, deviation and range are not trusted.
    """
    if distribution is None:
        return "none", "fewer than 3 different values: nothing to scale"
    share = distribution.outliers / distribution.count
    if share > outlier_share:
        return "robust", (
            f"{share:.1%} outliers would stretch a mean, a deviation or a range; median and "
            "quartiles stay"
        )
    if distribution.uniform_p >= significance:
        return "min_max", (
            f"equally many values everywhere in its range (chi-square p = "
            f"{distribution.uniform_p:.3g}): the range says it all"
        )
    if distribution.normal_p >= significance:
        return "standard", (
            f"normal (Shapiro-Wilk p = {distribution.normal_p:.3g}): mean and deviation say it all"
        )
    return "standard", (
        f"neither uniform (p = {distribution.uniform_p:.1g}) nor normal (p = "
        f"{distribution.normal_p:.1g}), but few outliers ({share:.1%})"
    )
