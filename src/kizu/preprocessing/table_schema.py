"""A Pandera schema: inferred once, kept as YAML, and enforced on every later table."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

_MOST_LEVELS = 20
# How far beyond the range that was seen a number may lie, as a share of that range.
_RANGE_MARGIN = 0.5
_KINDS = {"int64": "a whole number", "float64": "a number", "boolean": "true or false"}


class SchemaError(ValueError):
    """A table breaks its schema."""


@dataclass(frozen=True)
class Violation:
    """A value that breaks a rule.

    Attributes:
        column: its name.
        row: the index of the row, or None where the whole column is at fault.
        rule: in words, such as "must be between 0 and 120".
        value: what stands there.
    """

    column: str
    row: Any
    rule: str
    value: Any

    def __str__(self) -> str:
        where = "" if self.row is None else f", row {self.row}"
        shown = "" if self.row is None else f"; it is {_shown(self.value)}"
        return f"column {self.column!r}{where}: {self.rule}{shown}"


def _shown(value: Any) -> str:
    return "missing" if _is_missing(value) else repr(value)


def infer_schema(frame: "pd.DataFrame") -> str:
    """Return a Pandera schema of a table, as the YAML text that Pandera reads.

    A column keeps its type, and may have missing values if it has some. Numbers must lie in the
    range that was seen, widened by half of it on both sides (but not below zero where none was
    negative); numbers of at most two values, and texts of at most 20, must be among those seen. A
    column of texts that are all different must stay so. Other columns are not allowed.
    """
    import pandera.pandas as pa

    columns = {str(name): _infer_column(frame[name]) for name in frame.columns}
    return str(pa.DataFrameSchema(columns, strict=True).to_yaml())


def _infer_column(values: "pd.Series") -> Any:
    import pandera.pandas as pa
    from pandas.api import types

    nullable = bool(values.isna().any())
    present = values.dropna()
    levels = sorted(present.unique().tolist()) if present.nunique() <= _MOST_LEVELS else []
    if types.is_bool_dtype(values):
        return pa.Column("boolean", nullable=nullable, coerce=True)
    if types.is_numeric_dtype(values):
        integer = types.is_integer_dtype(values)
        checks = []
        if 0 < len(levels) <= 2:
            checks = [pa.Check.isin(levels)]
        elif len(present):
            checks = [pa.Check.in_range(*_widened(present, integer))]
        kind = "int64" if integer else "float64"
        return pa.Column(kind, checks, nullable=nullable, coerce=True)
    different = len(present) == len(values) == values.nunique() > 1
    checks = [pa.Check.isin(levels)] if levels and not different else []
    return pa.Column("str", checks, nullable=nullable, unique=different, coerce=True)


def _widened(present: "pd.Series", integer: bool) -> tuple[float, float]:
    import numpy as np

    finite = present[np.isfinite(present)]
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 0.0)
    margin = _RANGE_MARGIN * (high - low)
    low, high = (0.0 if low >= 0 > low - margin else low - margin), high + margin
    if integer:
        return math.floor(low), math.ceil(high)
    # A few digits are enough for what is wide on purpose, and they are read by people.
    return float(f"{low:.6g}"), float(f"{high:.6g}")


def find_violations(
    frame: "pd.DataFrame", schema: str, *, without: tuple[str, ...] = ()
) -> tuple["pd.DataFrame", list[Violation]]:
    """Check a table and return it in the schema's types, and what breaks the schema.

    Args:
        frame: the table; its index names the rows. Returned as it is where something is wrong.
        schema: from :func:`infer_schema`.
        without: columns of the schema that this table need not have, such as the target.

    Raises:
        SchemaError: the text is no schema.
    """
    from pandera.errors import SchemaErrors

    rules = read_schema(schema)
    rules = rules.remove_columns([name for name in without if name not in frame.columns])
    violations = _fractions(frame, rules.columns)
    try:
        checked = rules.validate(frame.copy(), lazy=True)  # Pandera changes types in place
    except SchemaErrors as errors:
        violations += _describe(errors.failure_cases, rules.columns)
    return (frame, violations) if violations else (checked, [])


def _fractions(frame: "pd.DataFrame", columns: Mapping[str, Any]) -> list[Violation]:
    """Return the numbers in columns of whole numbers that are none: Pandera cuts 1.5 down to 1."""
    import pandas as pd

    found = []
    for name, column in columns.items():
        if str(column.dtype) == "int64" and name in frame.columns:
            numbers = pd.to_numeric(frame[name], errors="coerce")
            broken = frame.loc[numbers % 1 > 0, name]
            found += [
                Violation(name, row, _rule("dtype", column), value) for row, value in broken.items()
            ]
    return found


def enforce_schema(
    frame: "pd.DataFrame", schema: str, *, without: tuple[str, ...] = ()
) -> "pd.DataFrame":
    """Return a table in the schema's types; for new data, before it is scored.

    Raises:
        SchemaError: the table breaks the schema; the message names column, row and rule of the
            first ten violations.
    """
    checked, violations = find_violations(frame, schema, without=without)
    if violations:
        raise SchemaError(violations_message(violations))
    return checked


def violations_message(violations: list[Violation]) -> str:
    """Return a sentence and the first ten violations, a line each."""
    shown = [f"  {violation}" for violation in violations[:10]]
    if len(violations) > len(shown):
        shown.append(f"  and {len(violations) - len(shown)} more")
    return f"The table breaks its schema in {len(violations)} places:\n" + "\n".join(shown)


def read_schema(schema: str) -> Any:
    """Return the Pandera ``DataFrameSchema`` of a YAML text.

    Raises:
        SchemaError: the text is none.
    """
    import pandera.pandas as pa

    try:
        return pa.DataFrameSchema.from_yaml(schema)
    except Exception as error:  # YAML's errors, and whatever a wrong key does inside Pandera
        raise SchemaError(f"The text is no Pandera schema in YAML: {error}") from error


def _describe(cases: "pd.DataFrame", columns: Mapping[str, Any]) -> list[Violation]:
    found: dict[tuple[str, str], Violation] = {}
    for case in cases.to_dict("records"):
        check = str(case["check"]).partition("(")[0]
        if check == "column_in_dataframe":
            violation = Violation(case["failure_case"], None, "is missing", None)
        elif check == "column_in_schema":
            violation = Violation(case["failure_case"], None, "is not in the schema", None)
        elif _is_missing(case["index"]):
            continue  # a check that could not run on values of another type, which are listed
        else:
            column = columns[case["column"]]
            rule = _rule(check, column)
            violation = Violation(case["column"], case["index"], rule, case["failure_case"])
        # A value of another type breaks every rule; the first says it.
        found.setdefault((violation.column, str(violation.row)), violation)
    return list(found.values())


def _is_missing(value: Any) -> bool:
    return value is None or value != value


def _rule(check: str, column: Any) -> str:
    if check in ("coerce_dtype", "dtype"):
        return f"must be {_KINDS.get(str(column.dtype), 'text')}"
    if check == "not_nullable":
        return "must not be missing"
    if check == "field_uniqueness":
        return "must be different in every row"
    for rule in column.checks:
        statistics = rule.statistics
        if rule.name == check == "in_range":
            return f"must be between {statistics['min_value']} and {statistics['max_value']}"
        if rule.name == check == "isin":
            return f"must be one of {', '.join(map(str, statistics['allowed_values']))}"
    return f"must pass the check {check}"
