"""What each column of a table is for: a number, a category, an identifier, nothing at all."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pandas as pd

Role = Literal[
    "number", "boolean", "ordinal", "category", "identifier", "text", "constant", "empty"
]
MODEL_ROLES: frozenset[Role] = frozenset({"number", "boolean", "ordinal", "category"})
"""The roles of columns that say something about a row."""

# A column of texts of which more than half are different tells rows apart, not kinds of rows.
_DISTINCT_SHARE = 0.5
_LONG_TEXT = 30


class TargetError(ValueError):
    """A table has no target as the parameters name it."""


@dataclass(frozen=True)
class ColumnRole:
    """A column's role, and how it was told."""

    role: Role
    reason: str


def separate_target(
    frame: "pd.DataFrame", target: str, most_classes: int = 50
) -> tuple["pd.DataFrame", "pd.Series"]:
    """Return the features and the target, without the rows whose target is missing.

    The target becomes text: booleans and whole numbers are written without a fraction.

    Raises:
        TargetError: there is no such column, or it has fewer than 2 or more than ``most_classes``
            values.
    """
    from pandas.api import types

    if target not in frame.columns:
        known = ", ".join(map(str, frame.columns))
        raise TargetError(f"The table has no column {target!r} (target); it has {known}.")
    known_rows = frame[target].notna()
    values = frame.loc[known_rows, target]
    if types.is_float_dtype(values) and (values % 1 == 0).all():
        values = values.astype("int64")
    names = values.astype("str")
    count = names.nunique()
    if not 2 <= count <= most_classes:
        raise TargetError(
            f"The target {target!r} has {count} different values; 2 to {most_classes} classes are "
            "allowed."
        )
    return frame.loc[known_rows].drop(columns=target), names


def check_names(parameter: str, names: Iterable[str], features: "pd.DataFrame") -> None:
    """Check that a parameter names columns of the table.

    Raises:
        ValueError: it names another; the message says which there are.
    """
    unknown = sorted(set(names) - set(features.columns))
    if unknown:
        raise ValueError(
            f"{parameter} names {', '.join(unknown)}, which the table does not have; its features "
            f"are {', '.join(features.columns)}"
        )


def column_roles(
    features: "pd.DataFrame", ordinal: Mapping[str, Sequence[str]]
) -> dict[str, ColumnRole]:
    """Return the role of every column.

    Args:
        features: typed as by :func:`kizu.preprocessing.table_types.infer_types`.
        ordinal: levels of the columns that have an order, the lowest first.

    Raises:
        ValueError: ``ordinal`` names no column of the table, or lacks a level that occurs.
    """
    check_names("ordinal", ordinal, features)
    return {name: _role(features[name], ordinal.get(name)) for name in features.columns}


def usable_columns(roles: Mapping[str, ColumnRole], left_out: Mapping[str, str]) -> list[str]:
    """Return the names of the columns that say something about a row and are not left out.

    Args:
        roles: of all columns.
        left_out: reasons by name.

    Raises:
        ValueError: there is none; the message says why of each column.
    """
    usable = [
        name for name, role in roles.items() if role.role in MODEL_ROLES and name not in left_out
    ]
    if not usable:
        why = [f"  {name}: {left_out.get(name, role.reason)}" for name, role in roles.items()]
        raise ValueError("The table has no column that a model could use:\n" + "\n".join(why))
    return usable


def _role(values: "pd.Series", levels: Sequence[str] | None) -> ColumnRole:
    from pandas.api import types

    present = values.dropna()
    distinct = present.nunique()
    if distinct == 0:
        return ColumnRole("empty", "has no value in any row")
    if levels is not None:
        absent = sorted(set(present.astype(str)) - set(levels))
        if absent:
            raise ValueError(
                f"ordinal.{values.name} lacks the levels {', '.join(absent)}, which occur"
            )
        return ColumnRole("ordinal", "the parameters give its levels an order")
    number = types.is_numeric_dtype(values) and not types.is_bool_dtype(values)
    if distinct == 1 and (number or len(present) == len(values)):
        return ColumnRole("constant", f"is {present.iloc[0]!r} in every row that has a value")
    if types.is_bool_dtype(values):
        return ColumnRole("boolean", "is true or false")
    if number:
        return _number_role(present, distinct)
    if distinct > _DISTINCT_SHARE * len(present):
        counted = f"{distinct} different texts in {len(present)} rows"
        if present.str.len().mean() > _LONG_TEXT:
            return ColumnRole("text", f"{counted}, long ones: words, not categories")
        return ColumnRole("identifier", f"{counted}: it tells rows apart, not kinds of rows")
    return ColumnRole("category", f"{distinct} different texts in {len(present)} rows")


def _number_role(present: "pd.Series", distinct: int) -> ColumnRole:
    if set(present.unique()) == {0, 1}:
        return ColumnRole("boolean", "is 0 or 1")
    steps = present.diff().dropna()
    if distinct == len(present) > 2 and (steps == steps.iloc[0]).all():
        return ColumnRole("identifier", "counts the rows in equal steps")
    return ColumnRole("number", f"{distinct} different numbers in {len(present)} rows")
