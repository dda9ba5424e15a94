"""New rows in the form of the training rows: the same columns, in order, of the same types."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from kizu.preprocessing.table_plan import MISSING_LEVEL, OTHER_LEVEL, ColumnPlan, kept

if TYPE_CHECKING:
    import pandas as pd

_TRUE = frozenset({"true", "1", "1.0", "yes"})
_FALSE = frozenset({"false", "0", "0.0", "no"})
_KINDS = {"number": "a finite number", "zero_one": "true or false"}


@dataclass(frozen=True)
class Alignment:
    """What was done to align a table.

    Attributes:
        added: columns that it lacked; all their values are missing.
        dropped: columns that the model does not use.
        reordered: whether the others stood in another order.
        unknown: by column, how many values were no level, no number, or neither true nor false.
    """

    added: tuple[str, ...]
    dropped: tuple[str, ...]
    reordered: bool
    unknown: dict[str, int]

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON can hold it."""
        return {
            "added": list(self.added),
            "dropped": list(self.dropped),
            "reordered": self.reordered,
            "unknown": self.unknown,
        }


def align(frame: "pd.DataFrame", plans: Sequence[ColumnPlan]) -> tuple["pd.DataFrame", Alignment]:
    """Return a table with exactly the columns that the training rows had, and what was done.

    Numbers and booleans become ``float64``, a value that is none of them becomes missing, and so
    does an infinite number. Of a one-hot encoded column, an unknown level becomes ``other`` and
    no value ``missing``; where the training rows had none of these, all its columns will be 0. An
    unknown label becomes missing, and is imputed like any other.

    Args:
        frame: any rows; a column of the plan may be missing, and there may be others.
        plans: from :func:`kizu.preprocessing.table_plan.plan_columns`.
    """
    import pandas as pd

    wanted = kept(plans)
    names = [plan.name for plan in wanted]
    present = [name for name in frame.columns if name in set(names)]
    unknown: dict[str, int] = {}
    columns: dict[str, pd.Series] = {}
    for plan in wanted:
        if plan.name in frame.columns:
            columns[plan.name], misfits = _convert(frame[plan.name], plan)
            if misfits.any():
                unknown[plan.name] = int(misfits.sum())
        else:
            empty = pd.Series(np.nan, index=frame.index, dtype=object)
            columns[plan.name] = _convert(empty, plan)[0]
    report = Alignment(
        added=tuple(name for name in names if name not in frame.columns),
        dropped=tuple(str(name) for name in frame.columns if name not in set(names)),
        reordered=present != [name for name in names if name in frame.columns],
        unknown=unknown,
    )
    return pd.DataFrame(columns, index=frame.index), report


def wrong_types(frame: "pd.DataFrame", plans: Sequence[ColumnPlan]) -> "dict[Hashable, list[str]]":
    """Return what is wrong with rows that hold text where the training rows held numbers.

    `align` takes such a value for a missing one, which is imputed: in a row that is to be judged,
    that would hide it. A level that was never seen is no matter of type, and not among them.

    Args:
        frame: rows with all columns of the plan.
        plans: as in `align`.

    Returns:
        By the index of each such row: which column must be what, and what it is.
    """
    problems: dict[Hashable, list[str]] = {}
    for plan in kept(plans):
        if plan.encoding not in _KINDS:
            continue
        _, misfits = _convert(frame[plan.name], plan)
        for row, value in frame.loc[misfits, plan.name].items():
            reason = f"column {plan.name!r} must be {_KINDS[plan.encoding]}; it is {value!r}"
            problems.setdefault(row, []).append(reason)
    return problems


def _convert(values: "pd.Series", plan: ColumnPlan) -> tuple["pd.Series", "pd.Series"]:
    """Return a column in the form of its plan, and which values did not fit."""
    import pandas as pd

    missing = values.isna()
    if plan.encoding == "number":
        numbers = pd.to_numeric(values, errors="coerce").astype("float64")
        numbers = numbers.where(np.isfinite(numbers))
        return numbers, numbers.isna() & ~missing
    texts = values.astype("str")
    if plan.encoding == "zero_one":
        lowered = texts.str.strip().str.lower()
        known_true, known_false = lowered.isin(_TRUE), lowered.isin(_FALSE)
        bits = known_true.astype("float64").where((known_true | known_false) & ~missing)
        return bits, bits.isna() & ~missing
    known = texts.isin(plan.levels) & ~missing
    misfits = ~known & ~missing
    if plan.encoding == "one_hot":
        return texts.mask(~known, OTHER_LEVEL).mask(missing, MISSING_LEVEL).astype(object), misfits
    return texts.astype(object).where(known, np.nan), misfits
