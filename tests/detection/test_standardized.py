"""Float items at zero mean and unit variance."""

import numpy as np

from kizu.detection.standardized import Standardization


def test_what_varies_gets_unit_variance_and_what_does_not_stays_in_place():
    items = np.random.default_rng(0).normal(3, 7, (50, 4, 6)).astype(np.float32)
    items[:, 2] = 0.1
    shown = Standardization.of(items, over=(0, 2)).apply(items)
    assert shown.dtype == np.float32
    np.testing.assert_allclose(shown.mean(axis=(0, 2)), 0, atol=1e-5)
    np.testing.assert_allclose(shown.std(axis=(0, 2)), [1, 1, 0, 1], atol=1e-5)


def test_other_items_are_shifted_and_scaled_alike():
    rows = np.array([[0.0, 5.0], [2.0, 5.0]], np.float32)
    standardization = Standardization.of(rows, over=(0,))
    np.testing.assert_allclose(standardization.apply(np.float32([[4.0, 7.0]])), [[3.0, 2.0]])


def test_what_is_too_large_for_float32_is_its_largest_number():
    rows = np.array([[0.0, 5.0], [2e-3, 5.0]], np.float32)
    standardization = Standardization.of(rows, over=(0,))
    shown = standardization.apply(np.float32([[3e38, 5], [-3e38, 5]]))
    largest = np.finfo(np.float32).max
    np.testing.assert_array_equal(shown, np.float32([[largest, 0], [-largest, 0]]))
