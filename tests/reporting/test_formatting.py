"""Numbers as the report writes them."""

import pytest

from kizu.reporting import formatting


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.98765, "0.988"),
        (-0.5, "−0.500"),
        (0.0, "0.000"),
        (1234.5, "1,234.500"),
        (0.0004, "4.00·10⁻⁴"),
        (-2.5e7, "−2.50·10⁷"),
        (1797, "1,797"),
        (None, "–"),
        (float("nan"), "–"),
        (float("inf"), "–"),
    ],
)
def test_number(value: float | None, text: str) -> None:
    assert formatting.number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.25, "0.25"),
        (1000.0, "1,000"),
        (-1.5, "−1.5"),
        (0.00025, "2.5e−4"),
        (2e6, "2e6"),
    ],
)
def test_tick(value: float, text: str) -> None:
    assert formatting.tick(value) == text


def test_shares_are_percent() -> None:
    assert formatting.percent(0.0478) == "4.8%"
    assert formatting.percent(None) == "–"
    assert formatting.percent_tick(0.15) == "15%"


def test_an_interval_needs_both_ends() -> None:
    assert formatting.interval(0.97, 0.99) == "0.970 to 0.990"
    assert formatting.interval(None, 0.99) == ""


def test_nouns_agree_with_their_count() -> None:
    assert formatting.counted(1, "file") == "1 file"
    assert formatting.counted(1797, "file") == "1,797 files"
    assert formatting.counted(0, "class", "classes") == "0 classes"
