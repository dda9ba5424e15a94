"""What the columns of a table hold: booleans, integers, numbers or text."""

import re
from collections.abc import Collection
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pandas as pd

Decimal = Literal[".", ","]

# How tables write that a value is missing.
MISSING = frozenset({"", "na", "n/a", "#n/a", "nan", "null", "none", "-", "?"})
_BOOLEANS = {"true": True, "false": False}
_LEADING_ZERO = re.compile(r"[+-]?0\d")
_INTEGER = re.compile(r"[+-]?\d+")
# With a decimal comma, points part thousands: 8.750,36.
_COMMA_NUMBER = re.compile(r"[+-]?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?([eE][+-]?\d+)?")
_LARGEST_INTEGER = 2**63 - 1
_LARGEST_EXACT_FLOAT = 2**53


def infer_types(
    frame: "pd.DataFrame", decimal: Decimal = ".", texts: Collection[str] = ()
) -> "pd.DataFrame":
    """Return a table of text with every column in the narrowest type that holds all its values.

    The types are ``bool`` (``boolean`` with missing values), ``int64``, ``float64`` (also for
    integers with missing values) and ``str``. Digits with a leading zero (``007``) are codes, and
    stay text; so do integers that the type would not hold to the last digit. A column without
    values is of numbers.

    Args:
        frame: each value a string, as it stands in the file.
        decimal: between a number's integer part and its fraction.
        texts: columns that are known to be text, whatever their values look like.
    """
    import pandas as pd

    columns = {
        name: _as_text(frame[name]) if name in texts else _infer(frame[name], decimal)
        for name in frame.columns
    }
    return pd.DataFrame(columns, index=frame.index)


def read_values(frame: "pd.DataFrame", decimal: Decimal, texts: Collection[str]) -> "pd.DataFrame":
    """Return a table of text with each value read by itself, whatever others its column holds.

    That is for rows of which only some are at hand, or which may be wrong: columns not known to be
    text are of numbers, and a value that is none stays text, in a column of mixed types then.

    Args:
        frame: each value a string, as it stands in the file.
        decimal: between a number's integer part and its fraction.
        texts: columns that are known to be text.
    """
    import pandas as pd

    columns = {
        name: _as_text(frame[name]) if name in texts else _as_numbers(frame[name], decimal)
        for name in frame.columns
    }
    return pd.DataFrame(columns, index=frame.index)


def _as_numbers(values: "pd.Series", decimal: Decimal) -> "pd.Series":
    import pandas as pd

    stripped = values.str.strip()
    plain = stripped
    if decimal == ",":
        written = stripped.where(stripped.str.fullmatch(_COMMA_NUMBER), "none")
        plain = written.str.replace(".", "", regex=False).str.replace(",", ".", regex=False)
    numbers = pd.to_numeric(plain, errors="coerce").astype("float64")
    misfit = numbers.isna() & ~stripped.str.lower().isin(MISSING)
    return numbers.astype(object).mask(misfit, stripped) if misfit.any() else numbers


def _infer(values: "pd.Series", decimal: Decimal) -> "pd.Series":
    import pandas as pd

    stripped = values.str.strip()
    lowered = stripped.str.lower()
    missing = lowered.isin(MISSING)
    present = stripped[~missing]
    if lowered[~missing].isin(_BOOLEANS).all() and len(present):
        booleans = lowered.map(_BOOLEANS).astype("boolean")
        return booleans.astype(bool) if not missing.any() else booleans
    plain = _plain_numbers(present, decimal)
    if plain is not None and not _loses_digits(plain, has_missing=bool(missing.any())):
        try:
            numbers = pd.to_numeric(plain)
        except ValueError:
            pass
        else:
            return numbers if not missing.any() else numbers.astype(float).reindex(values.index)
    return _as_text(values)


def _as_text(values: "pd.Series") -> "pd.Series":
    stripped = values.str.strip()
    # "none" and "-" may be categories of their own, in a column of other words.
    return stripped.mask(stripped.str.lower().isin(MISSING - {"none", "-", "?"}))


def _plain_numbers(present: "pd.Series", decimal: Decimal) -> "pd.Series | None":
    """Return what may be numbers, written with a point; None for codes and other text."""
    if present.str.match(_LEADING_ZERO).any():
        return None
    if decimal == ".":
        return present
    if not present.str.fullmatch(_COMMA_NUMBER).all():
        return None
    return present.str.replace(".", "", regex=False).str.replace(",", ".", regex=False)


def _loses_digits(plain: "pd.Series", *, has_missing: bool) -> bool:
    """Say whether an integer among the numbers is larger than its column's type holds exactly."""
    integers = plain.str.fullmatch(_INTEGER)
    as_float = has_missing or not integers.all()
    largest = _LARGEST_EXACT_FLOAT if as_float else _LARGEST_INTEGER
    # Only the long ones need a look: 15 digits fit either type.
    long = plain[integers & (plain.str.len() > 15)]
    return any(abs(int(text)) > largest for text in long)


def plain_types(frame: "pd.DataFrame") -> "pd.DataFrame":
    """Return a typed table with no other types than :func:`infer_types` gives.

    Narrow integers and floats become 64 bits wide, decimals become floats; dates, categories,
    columns of mixed types, and integers that these would not hold to the last digit become text.
    """
    import pandas as pd

    return pd.DataFrame({name: _plain(frame[name]) for name in frame.columns}, index=frame.index)


def _plain(values: "pd.Series") -> "pd.Series":
    from decimal import Decimal as DecimalNumber

    from pandas.api import types

    missing = values.isna()
    if types.is_object_dtype(values):
        kinds = {type(value) for value in values[~missing]}
        if kinds == {bool}:
            values = values.astype("boolean")
        elif kinds and kinds <= {int, float, DecimalNumber}:
            values = values.astype(float)
    if types.is_bool_dtype(values):
        return values.astype("boolean") if missing.any() else values.astype(bool)
    if types.is_integer_dtype(values):
        largest = _LARGEST_EXACT_FLOAT if missing.any() else _LARGEST_INTEGER
        if any(abs(int(value)) > largest for value in (values.min(), values.max())):
            return values.astype("str").mask(missing)
        return values.astype("float64" if missing.any() else "int64")
    if types.is_float_dtype(values):
        return values.astype("float64")
    return values.astype("str").mask(missing)
