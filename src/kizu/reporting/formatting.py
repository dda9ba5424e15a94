"""Numbers as a reader wants to see them."""

import math

MISSING = "–"
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(value: float | None, decimals: int = 3) -> str:
    """A metric with fixed decimals: ``0.987``; very small or large values in powers of ten.

    Integers keep all their digits, in groups of three. What is no number is a dash.
    """
    if value is None or not math.isfinite(value):
        return MISSING
    if isinstance(value, int):
        return count(value)
    if value != 0 and not 10**-decimals <= abs(value) < 1e6:
        return _scientific(f"{value:.2e}")
    return f"{value:,.{decimals}f}".replace("-", "−")


def count(value: int) -> str:
    """An integer in groups of three: ``1,797``."""
    return f"{value:,d}".replace("-", "−")


def percent(share: float | None, decimals: int = 1) -> str:
    """A share of one as percent: ``4.8%``."""
    if share is None or not math.isfinite(share):
        return MISSING
    return f"{100 * share:.{decimals}f}%".replace("-", "−")


def interval(low: float | None, high: float | None, decimals: int = 3) -> str:
    """Both ends of an interval: ``0.979 to 0.993``; empty when an end is unknown."""
    if low is None or high is None:
        return ""
    return f"{number(low, decimals)} to {number(high, decimals)}"


def counted(value: int, singular: str, plural: str = "") -> str:
    """A count with its noun: ``1 file``, ``3 files``."""
    return f"{count(value)} {singular if value == 1 else plural or singular + 's'}"


def listed(items: list[str]) -> str:
    """Names in a sentence: ``a, b and c``."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"


def tick(value: float) -> str:
    """The label of an axis tick, as short as it is exact."""
    if value and not 1e-3 <= abs(value) < 1e5:
        mantissa, _, exponent = f"{value:.6e}".partition("e")
        short = f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent)}"
    else:
        short = f"{value:,.10g}"
    return short.replace("-", "−")


def percent_tick(share: float) -> str:
    """The label of an axis tick in percent."""
    return f"{tick(round(100 * share, 9))}%"


def _scientific(text: str) -> str:
    """Turn ``4.00e-04`` into ``4.00·10⁻⁴``."""
    mantissa, _, exponent = text.partition("e")
    power = str(int(exponent)).translate(_SUPERSCRIPTS)
    return f"{mantissa.replace('-', '−')}·10{power}"
