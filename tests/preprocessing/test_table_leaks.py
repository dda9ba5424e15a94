"""Which columns determine the target, and which only look like it."""

import numpy as np
import pandas as pd
import pytest

from kizu.preprocessing.table_leaks import column_strengths, leak_reasons
from kizu.preprocessing.table_roles import column_roles

THRESHOLD = 0.95


@pytest.fixture
def target():
    return pd.Series((np.random.default_rng(0).random(600) < 0.1).astype(int).astype(str))


def leaks(column, target) -> dict[str, str]:
    features = pd.DataFrame({"column": column})
    strengths = column_strengths(features, target, column_roles(features, {}))
    return leak_reasons(strengths, THRESHOLD)


def test_a_category_that_renames_the_target_is_a_leak(target):
    assert "column" in leaks(target.map({"0": "fine", "1": "broken"}), target)


def test_a_category_of_many_levels_that_determines_the_target_is_a_leak(target):
    number = np.random.default_rng(1).integers(0, 5, len(target)).astype(str)
    assert "column" in leaks(target + "-" + pd.Series(number), target)


def test_a_boolean_that_is_the_targets_opposite_is_a_leak(target):
    assert "column" in leaks(target == "0", target)


@pytest.mark.parametrize("noise", [0.0, 0.1])
def test_a_number_in_a_band_of_its_own_is_a_leak(target, noise):
    """Neither above nor below a threshold: between two values."""
    random = np.random.default_rng(2)
    outside = random.choice([-5.0, 5.0], len(target))
    values = np.where(target == "1", 0.0, outside) + noise * random.normal(size=len(target))
    assert "column" in leaks(values, target)


def test_a_date_of_repair_that_only_failures_have_is_a_leak(target):
    dates = [f"2024-01-{n:04d}" for n in range(len(target))]
    column = pd.Series(dates).where(target == "1")
    found = leaks(column, target)
    assert found["column"].startswith("leak: whether it has a value alone removes 100.0%")


def test_an_identifier_is_none_though_every_value_has_one_class(target):
    names = pd.Series([f"machine {n}" for n in range(len(target))])
    assert leaks(names, target) == {}


def test_a_serial_number_is_none(target):
    assert leaks(np.arange(len(target)) + 1000, target) == {}


def test_a_category_whose_levels_hardly_come_again_is_none(target):
    """Each level has about two rows: pure by chance, and useless for other rows."""
    levels = np.random.default_rng(3).integers(0, 280, len(target)).astype(str)
    assert leaks(levels, target) == {}


def test_accuracy_of_the_frequent_class_is_no_strength(target):
    """Nine of ten rows are of one class: guessing it is right in 90%, and removes no error."""
    features = pd.DataFrame({"noise": np.random.default_rng(4).normal(size=len(target))})
    (strength,) = column_strengths(features, target, column_roles(features, {}))
    assert strength.strength <= 0.05


def test_strength_is_the_share_of_errors_removed(target):
    """A category that is wrong for one failure in four removes three errors in four."""
    wrong = np.flatnonzero(target == "1")[::4]
    column = target.copy()
    column.iloc[wrong] = "0"
    features = pd.DataFrame({"column": column.map({"0": "x", "1": "y"})})
    (strength,) = column_strengths(features, target, column_roles(features, {}))
    failures = (target == "1").sum()
    assert strength.strength == pytest.approx(1 - len(wrong) / failures, abs=1e-6)
