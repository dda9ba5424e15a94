"""Columns that determine the target: known only after the fact, or the target under another name.

A column is asked alone: how well does it predict the target for rows that it was not learned
from? Measured as Goodman and Kruskal's lambda (1954), the share of the errors of the best constant
guess that knowing the column removes: 1 for a column that determines the target, 0 or less for one
that says nothing, however unbalanced the classes are.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kizu.preprocessing.table_roles import ColumnRole

if TYPE_CHECKING:
    import pandas as pd

_FOLDS = 5
# Leaves of a tree on one number: enough for the bands of a code, too few to learn rows by heart.
_LEAVES = 16
_SEED = 0


@dataclass(frozen=True)
class ColumnStrength:
    """How far a column alone determines the target.

    Attributes:
        column: its name.
        strength: lambda, at most 1.
        measured_on: what of the column was used: its values, or only whether it has one.
    """

    column: str
    strength: float
    measured_on: str


class LeakError(ValueError):
    """Columns determine the target, and the parameters refuse that."""


def column_strengths(
    features: "pd.DataFrame", target: "pd.Series", roles: Mapping[str, ColumnRole]
) -> list[ColumnStrength]:
    """Return the strength of every column, the strongest first.

    Numbers are asked by a small decision tree in five folds; booleans and categories by the most
    frequent class of the other rows with the same value, so that a value which occurs once predicts
    nothing. Of identifiers and free text, whose values do not come again, only whether there is one
    is used (a "date of repair" may be filled in for failures only).

    Args:
        features: N rows.
        target: the class of each row.
        roles: of each column.
    """
    import pandas as pd

    classes, codes = np.unique(target.to_numpy().astype(str), return_inverse=True)
    found = []
    for name in features.columns:
        values = features[name]
        role = roles[name].role
        if role == "number":
            numbers = values.to_numpy(float, na_value=np.nan)
            strength, on = _of_numbers(numbers, codes), "values"
        elif role in ("identifier", "text"):
            present = values.notna().to_numpy().astype(np.int64)
            strength, on = _of_groups(present, codes, len(classes)), "presence"
        else:
            groups = pd.factorize(values, use_na_sentinel=False)[0]
            strength, on = _of_groups(groups, codes, len(classes)), "values"
        found.append(ColumnStrength(str(name), round(strength, 6), on))
    return sorted(found, key=lambda entry: (-entry.strength, entry.column))


def leak_reasons(strengths: Iterable[ColumnStrength], threshold: float) -> dict[str, str]:
    """Return why a column is a leak, by the name of each whose strength reaches the threshold."""
    return {
        entry.column: (
            f"leak: {'whether it has a value' if entry.measured_on == 'presence' else 'it'} alone "
            f"removes {entry.strength:.1%} of the errors of the best constant guess"
        )
        for entry in strengths
        if entry.strength >= threshold
    }


def refuse_leaks(strengths: Iterable[ColumnStrength], threshold: float) -> None:
    """Check that no column determines the target.

    Raises:
        LeakError: one does; the message names all that do.
    """
    leaks = leak_reasons(strengths, threshold)
    if leaks:
        listed = "\n".join(f"  {name}: {reason}" for name, reason in leaks.items())
        raise LeakError(
            f"{len(leaks)} columns determine the target. Name them in tables.drop, or set "
            f"tables.leaks to drop or keep:\n{listed}"
        )


def _of_groups(groups: np.ndarray, codes: np.ndarray, class_count: int) -> float:
    """Lambda of predicting each row by the other rows of its group."""
    counts = np.zeros((groups.max() + 1, class_count))
    np.add.at(counts, (groups, codes), 1)
    others = counts[groups]
    others[np.arange(len(codes)), codes] -= 1
    # Of a group without other rows, and of a tie, nothing is known: the most frequent class.
    others += 1e-6 * np.bincount(codes, minlength=class_count) / len(codes)
    return _reduction(np.mean(others.argmax(axis=1) != codes), codes)


def _of_numbers(values: np.ndarray, codes: np.ndarray) -> float:
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from sklearn.tree import DecisionTreeClassifier

    folds = min(_FOLDS, int(np.bincount(codes).min()))
    if folds < 2:
        return 0.0
    finite = np.where(np.isfinite(values), values, np.nan)[:, np.newaxis]
    predicted = cross_val_predict(
        DecisionTreeClassifier(max_leaf_nodes=_LEAVES, random_state=_SEED),
        finite,
        codes,
        cv=StratifiedKFold(folds, shuffle=True, random_state=_SEED),
    )
    return _reduction(np.mean(predicted != codes), codes)


def _reduction(errors: np.floating, codes: np.ndarray) -> float:
    constant_errors = 1 - np.bincount(codes).max() / len(codes)
    return float(1 - errors / constant_errors)
