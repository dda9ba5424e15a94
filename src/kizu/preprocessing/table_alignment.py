"""New rows in the form of the training rows: the same columns, in order, of the same types."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from kizu.preprocessing.table_plan import MISSING_LEVEL, OTHER_LEVEL, ColumnPlan, kept

if TYPE_CHECKING:
    import pandas as pd

_TRUE = frozenset({"true", "1", "1.0", "yes"})
_FALSE = frozenset({"false", "0", "0.0", "no"})


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
            columns[plan.name], count = _convert(frame[plan.name], plan)
            if count:
                unknown[plan.name] = count
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


def _convert(values: "pd.Series", plan: ColumnPlan) -> tuple["pd.Series", int]:
    """Return a column in the form of its plan, and how many values did not fit."""
    import pandas as pd

    missing = values.isna()
    if plan.encoding == "number":
        numbers = pd.to_numeric(values, errors="coerce").astype("float64")
        numbers = numbers.where(np.isfinite(numbers))
        return numbers, int((numbers.isna() & ~missing).sum())
    texts = values.astype("str")
    if plan.encoding == "zero_one":
        lowered = texts.str.strip().str.lower()
        known_true, known_false = lowered.isin(_TRUE), lowered.isin(_FALSE)
        bits = known_true.astype("float64").where((known_true | known_false) & ~missing)
        return bits, int((bits.isna() & ~missing).sum())
    known = texts.isin(plan.levels) & ~missing
    count = int((~known & ~missing).sum())
    if plan.encoding == "one_hot":
        return texts.mask(~known, OTHER_LEVEL).mask(missing, MISSING_LEVEL).astype(object), count
    return texts.astype(object).where(known, np.nan), count
