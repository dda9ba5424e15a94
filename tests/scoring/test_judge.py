"""From scores to p-values."""

import numpy as np
import pandas as pd

from kizu.scoring.judge import Judge


class _Noisy:
    """Scores an item by its value, with an error in the last bits."""

    def __init__(self, error: float) -> None:
        self._error = error

    def score(self, items: np.ndarray) -> np.ndarray:
        return items * (1 + self._error)

    def explain(self, items: np.ndarray) -> None:
        return None


def test_a_tie_does_not_hang_on_the_last_bits():
    generator = np.random.default_rng(0)
    values = generator.normal(size=200) * 10.0 ** generator.integers(-6, 9, 200)
    calibration = pd.DataFrame(
        {
            "id": np.repeat(np.arange(200), 2),
            "split": "calibration",
            "detector": ["a", "b"] * 200,
            "score": np.repeat(values, 2),
        }
    )
    expected = (1 + (values[np.newaxis] >= values[:, np.newaxis]).sum(axis=1)) / 201
    tables = [
        Judge({"a": _Noisy(error), "b": _Noisy(-error)}, calibration, 0.1).judge(values)
        for error in (0.0, 4e-16, -4e-16, 2e-15)
    ]
    for table in tables:
        np.testing.assert_allclose(table["a.p_value"], expected)
        np.testing.assert_allclose(table["combined.p_value"], expected)
        assert table["flag"].tolist() == (expected <= 0.1).tolist()
