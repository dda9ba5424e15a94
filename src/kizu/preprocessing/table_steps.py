"""The steps on the columns of a table one by one, in plain pandas.

Each does one thing and can be looked at: in a gallery, in a notebook, in a table of what each step
is worth. In order they give what the ``ColumnTransformer`` of
:mod:`kizu.preprocessing.table_transform` gives in one.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from kizu.preprocessing.table_distributions import Scaler
from kizu.preprocessing.table_missing import fit_medians, impute
from kizu.preprocessing.table_outliers import fences
from kizu.preprocessing.table_plan import ColumnPlan, kept, level_names

if TYPE_CHECKING:
    import pandas as pd

Scale = tuple[float, float]
"""What is taken off a column, and what it is divided by then."""


def encode(aligned: "pd.DataFrame", plans: Sequence[ColumnPlan]) -> "pd.DataFrame":
    """Return an aligned table as numbers: labels by their position, one 0/1 column a level."""
    import pandas as pd

    columns: dict[str, pd.Series] = {}
    for plan in kept(plans):
        values = aligned[plan.name]
        if plan.encoding == "label":
            positions = {level: float(number) for number, level in enumerate(plan.levels)}
            columns[plan.name] = values.map(positions).astype("float64")
        elif plan.encoding == "one_hot":
            for name, level in zip(level_names(plan), plan.levels, strict=True):
                columns[name] = (values == level).astype("float64")
        else:
            columns[plan.name] = values
    return pd.DataFrame(columns, index=aligned.index)


def clip(frame: "pd.DataFrame", limits: Mapping[str, tuple[float, float]]) -> "pd.DataFrame":
    """Return a table whose outliers are pulled to the fences (low, high) of their column."""
    return frame.assign(**{name: frame[name].clip(*bounds) for name, bounds in limits.items()})


def fit_scale(values: np.ndarray, scaler: Scaler) -> Scale:
    """Return what a column (N,) is scaled by; a spread of zero becomes 1.

    Mean and standard deviation, minimum and range, or median and interquartile range.
    """
    if scaler == "standard":
        center, spread = values.mean(), values.std()
    elif scaler == "min_max":
        center, spread = values.min(), values.max() - values.min()
    elif scaler == "robust":
        low, center, high = np.quantile(values, [0.25, 0.5, 0.75])
        spread = high - low
    else:
        center, spread = 0.0, 1.0
    return float(center), float(spread) or 1.0


def scale(frame: "pd.DataFrame", scales: Mapping[str, Scale]) -> "pd.DataFrame":
    """Return a table of scaled numbers."""
    return frame.assign(
        **{name: (frame[name] - center) / spread for name, (center, spread) in scales.items()}
    )


def prepare_by_steps(
    train: "pd.DataFrame",
    others: Sequence["pd.DataFrame"],
    plans: Sequence[ColumnPlan],
    *,
    clip_outliers: bool,
) -> list["pd.DataFrame"]:
    """Return aligned tables as numbers, every step fitted on the first.

    Args:
        train: aligned training rows.
        others: aligned rows of other splits.
        plans: of the columns.
        clip_outliers: whether outliers are pulled to their fences.
    """
    frames = [encode(frame, plans) for frame in (train, *others)]
    medians = fit_medians(frames[0])
    frames = [impute(frame, medians) for frame in frames]
    if clip_outliers:
        numbers = [plan.name for plan in kept(plans) if plan.encoding == "number"]
        limits = {name: fences(frames[0][name].to_numpy()) for name in numbers}
        frames = [clip(frame, limits) for frame in frames]
    scales = {
        plan.name: fit_scale(frames[0][plan.name].to_numpy(), plan.scaler)
        for plan in kept(plans)
        if plan.scaler != "none"
    }
    return [scale(frame, scales) for frame in frames]
