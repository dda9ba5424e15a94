"""Table cells for what was measured, with the interval that it lies in."""

from collections.abc import Mapping

from kizu.reporting.document import Cell
from kizu.reporting.formatting import interval, number, percent


def estimate(own: Mapping[str, float], metric: str) -> Cell:
    """A metric of a detector over its interval; a dash where it was not measured."""
    value = own.get(metric)
    ends = interval(own.get(f"{metric}_low"), own.get(f"{metric}_high"))
    return Cell(number(value), detail=ends, value=value)


def rate(own: Mapping[str, float], metric: str) -> Cell:
    """A rate of a detector in percent, over its interval."""
    value, low, high = (own.get(f"{metric}{end}") for end in ("", "_low", "_high"))
    ends = (
        ""
        if low is None or high is None
        else f"{percent(low).removesuffix('%')} to {percent(high)}"
    )
    return Cell(percent(value), detail=ends, value=value)
