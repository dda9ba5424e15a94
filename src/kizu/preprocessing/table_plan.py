"""What is done with each column of a table, and why: decided on the training rows."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from kizu.preprocessing.table_distributions import (
    Distribution,
    Scaler,
    describe_distribution,
    recommend_scaler,
)
from kizu.preprocessing.table_missing import count_missing
from kizu.preprocessing.table_roles import MODEL_ROLES, ColumnRole, Role

if TYPE_CHECKING:
    import pandas as pd

Encoding = Literal["number", "zero_one", "label", "one_hot", "drop"]
MISSING_LEVEL = "missing"
OTHER_LEVEL = "other"


@dataclass(frozen=True)
class ColumnPlan:
    """What is done with a column.

    Attributes:
        name: of the column.
        role, role_reason: what it is, and how that was told.
        encoding, encoding_reason: how it becomes numbers; ``drop`` leaves it out.
        levels: of a label or one-hot encoding, in order.
        scaler, scaler_reason: what its numbers are scaled by.
        missing: training rows without a value.
        distribution: of its numbers in the training rows, where there are any.
    """

    name: str
    role: Role
    role_reason: str
    encoding: Encoding
    encoding_reason: str
    levels: tuple[str, ...]
    scaler: Scaler
    scaler_reason: str
    missing: int
    distribution: Distribution | None

    def as_dict(self) -> dict[str, Any]:
        """Return the plan as JSON can hold it."""
        return asdict(self) | {"levels": list(self.levels)}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> "ColumnPlan":
        """Return the plan that :meth:`as_dict` was made of; other keys are left alone."""
        values = {field.name: document[field.name] for field in fields(cls)}
        distribution = values["distribution"]
        values["levels"] = tuple(values["levels"])
        values["distribution"] = Distribution(**distribution) if distribution else None
        return cls(**values)


def plan_columns(
    train: "pd.DataFrame",
    roles: Mapping[str, ColumnRole],
    *,
    drop: Mapping[str, str],
    ordinal: Mapping[str, Sequence[str]],
    max_levels: int,
    significance: float,
    outlier_share: float,
) -> list[ColumnPlan]:
    """Return the plan of every column, in the order of the table.

    Args:
        train: the features of the training rows.
        roles: of each column.
        drop: reasons by the name of a column to leave out, beside those without a use.
        ordinal: levels by column, the lowest first.
        max_levels: most levels of a one-hot encoding; the rarest share the level ``other``.
        significance, outlier_share: see
            :func:`kizu.preprocessing.table_distributions.recommend_scaler`.
    """
    missing = count_missing(train)
    plans = []
    for name in train.columns:
        role = roles[name]
        distribution = None
        if role.role == "number":
            distribution = describe_distribution(train[name].to_numpy(float, na_value=np.nan))
        if name in drop or role.role not in MODEL_ROLES:
            encoding: Encoding = "drop"
            reason = drop.get(name, f"{role.role}: {role.reason}")
            levels: tuple[str, ...] = ()
            scaler: Scaler = "none"
            scaler_reason = "left out"
        else:
            encoding, reason, levels = _encoding(
                train[name], role.role, ordinal.get(name), max_levels
            )
            scaler, scaler_reason = _scaler(
                encoding, role.role, distribution, significance, outlier_share
            )
        plans.append(
            ColumnPlan(
                name=str(name),
                role=role.role,
                role_reason=role.reason,
                encoding=encoding,
                encoding_reason=reason,
                levels=levels,
                scaler=scaler,
                scaler_reason=scaler_reason,
                missing=missing[name],
                distribution=distribution,
            )
        )
    return plans


def _scaler(
    encoding: Encoding,
    role: Role,
    distribution: Distribution | None,
    significance: float,
    outlier_share: float,
) -> tuple[Scaler, str]:
    if encoding == "number":
        return recommend_scaler(
            distribution, significance=significance, outlier_share=outlier_share
        )
    if role == "ordinal":
        return "min_max", "its levels become evenly spaced from 0 to 1"
    return "none", "is 0 or 1 already"


def _encoding(
    values: "pd.Series", role: Role, order: Sequence[str] | None, max_levels: int
) -> tuple[Encoding, str, tuple[str, ...]]:
    if role == "number":
        return "number", "is a number", ()
    if role == "boolean":
        return "zero_one", "true is 1, false is 0", ()
    if role == "ordinal" and order is not None:
        return "label", "its levels have an order, which the numbers keep", tuple(order)
    counts = values.dropna().astype("str").value_counts()
    # Equally frequent levels by name, so that the choice is the same everywhere.
    by_count = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    if len(by_count) == 2 and not values.isna().any():
        levels = tuple(sorted(counts.index))
        return "label", "two values: one column of 0 and 1 says it all", levels
    kept = sorted(level for level, _ in by_count[:max_levels])
    reason = "its levels have no order: numbers would make one up"
    if len(by_count) > len(kept):
        reason += f"; the {len(by_count) - len(kept)} rarest share {OTHER_LEVEL!r}"
        kept.append(OTHER_LEVEL)
    if values.isna().any():
        kept.append(MISSING_LEVEL)
    return "one_hot", reason, tuple(dict.fromkeys(kept))


def kept(plans: Sequence[ColumnPlan]) -> list[ColumnPlan]:
    """Return the plans of the columns that a model gets."""
    return [plan for plan in plans if plan.encoding != "drop"]


def feature_names(plans: Sequence[ColumnPlan]) -> list[str]:
    """Return the names of a model's inputs: the column's, or ``<column>=<level>`` for one-hot.

    Raises:
        ValueError: two inputs would have the same name.
    """
    names = [name for plan in kept(plans) for name in level_names(plan) or [plan.name]]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"The column {twice[0]!r} has the name of another column's level")
    return names


def level_names(plan: ColumnPlan) -> list[str]:
    """Return the names of the inputs of a one-hot encoded column; none for any other."""
    return [f"{plan.name}={level}" for level in plan.levels] if plan.encoding == "one_hot" else []
