"""All steps on the columns of a table as one scikit-learn ``ColumnTransformer``."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from kizu.preprocessing.table_distributions import Scaler
from kizu.preprocessing.table_plan import ColumnPlan, kept

if TYPE_CHECKING:
    from sklearn.compose import ColumnTransformer


def build_transform(plans: Sequence[ColumnPlan], *, clip_outliers: bool) -> "ColumnTransformer":
    """Return the unfitted transform of an aligned table (N rows) to numbers (N, F).

    Each column has its pipeline: encode, impute the median, pull outliers to their fences (numbers
    only, where asked), scale. Outputs keep the columns' order, and
    :func:`kizu.preprocessing.table_plan.feature_names` names them. Fitted on training rows, it
    holds their medians, fences, means and ranges for all later rows.

    Args:
        plans: from :func:`kizu.preprocessing.table_plan.plan_columns`.
        clip_outliers: whether outliers are pulled to their fences.
    """
    from sklearn.compose import ColumnTransformer

    return ColumnTransformer(
        [
            (transformer_name(position, plan), _pipeline(plan, clip_outliers), [plan.name])
            for position, plan in enumerate(kept(plans))
        ],
        remainder="drop",
        sparse_threshold=0.0,
    )


def transformer_name(position: int, plan: ColumnPlan) -> str:
    """Return the name of a column's pipeline: its position among those kept, and its name.

    Scikit-learn allows no double underscore in it, and no name of an argument of its own.
    """
    return re.sub("__+", "_", f"{position}_{plan.name}")


def _pipeline(plan: ColumnPlan, clip_outliers: bool) -> Any:
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder

    from kizu.preprocessing.table_outliers import OutlierClipper

    if plan.encoding == "one_hot":
        levels = [np.array(plan.levels, dtype=object)]
        return OneHotEncoder(categories=levels, handle_unknown="ignore", sparse_output=False)
    steps: list[tuple[str, Any]] = []
    if plan.encoding == "label":
        encoder = OrdinalEncoder(
            categories=[np.array(plan.levels, dtype=object)],
            handle_unknown="use_encoded_value",
            unknown_value=np.nan,
            encoded_missing_value=np.nan,
        )
        steps.append(("encode", encoder))
    steps.append(("impute", SimpleImputer(strategy="median", keep_empty_features=True)))
    if clip_outliers and plan.encoding == "number":
        steps.append(("clip", OutlierClipper()))
    if plan.scaler != "none":
        steps.append(("scale", make_scaler(plan.scaler)))
    return Pipeline(steps)


def make_scaler(scaler: Scaler) -> Any:
    """Return scikit-learn's scaler of a name, not fitted."""
    from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler

    return {"standard": StandardScaler, "min_max": MinMaxScaler, "robust": RobustScaler}[scaler]()
