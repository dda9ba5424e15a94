"""Fitted detectors with their calibration: from items to scores, p-values and blame."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kizu.detection.combination import COMBINED, combined_p_values
from kizu.detection.conformal import conformal_p_values
from kizu.detection.protocol import Detector
from kizu.scoring.errors import ScoringError

SCORE, P_VALUE, FLAG = "score", "p_value", "flag"


def column(detector: str, what: str) -> str:
    """Return the name of a detector's column, such as ``pixel_forest.p_value``."""
    return f"{detector}.{what}"


class Judge:
    """All detectors of a model together.

    Args:
        detectors: fitted, in order.
        anomaly_scores: as the stage saved them; its calibration rows are used: one row a detector
            and item, with ``id``, ``split``, ``detector`` and ``score``.
        rate: the share of normal items that may be flagged.

    Raises:
        ScoringError: a detector has no calibration scores.
    """

    def __init__(
        self, detectors: Mapping[str, Detector[Any]], anomaly_scores: Any, rate: float
    ) -> None:
        self.detectors = dict(detectors)
        self.rate = rate
        rows = anomaly_scores[anomaly_scores["split"] == "calibration"]
        table = rows.pivot(index="id", columns="detector", values="score")
        if missing := [name for name in self.detectors if name not in table.columns]:
            raise ScoringError(
                f"the model holds no calibration scores of {', '.join(missing)}.",
                "train it again with `kizu repro`",
            )
        self._explaining: list[str] | None = None
        self.calibration: NDArray[np.float64] = table[list(self.detectors)].to_numpy(np.float64)

    def judge(self, items: np.ndarray) -> pd.DataFrame:
        """Return a row for each of N items.

        An item's row depends on nothing but the item, whatever else is judged with it.

        Returns:
            Data frame with ``combined.p_value``, the conformal p-value of all detectors together,
            and ``flag``, whether it is at most the rate; then of each detector ``<name>.score``,
            ``<name>.p_value`` and ``<name>.flag``.
        """
        scores = np.empty((len(items), len(self.detectors)))
        for place, detector in enumerate(self.detectors.values()):
            if len(items):
                scores[:, place] = detector.score(items)
        calibration, comparable = _without_last_bits(self.calibration), _without_last_bits(scores)
        together = combined_p_values(calibration, comparable)
        columns: dict[str, np.ndarray] = {
            column(COMBINED, P_VALUE): together,
            FLAG: together <= self.rate,
        }
        for place, name in enumerate(self.detectors):
            p_values = conformal_p_values(calibration[:, place], comparable[:, place])
            columns[column(name, SCORE)] = scores[:, place]
            columns[column(name, P_VALUE)] = p_values
            columns[column(name, FLAG)] = p_values <= self.rate
        return pd.DataFrame(columns)

    def explain(
        self, items: np.ndarray, judged: pd.DataFrame
    ) -> tuple[Sequence[str], Sequence[np.ndarray]]:
        """Return, of each of N items, the detector that explains it best, and what it says.

        That is the one of the lowest p-value among those that can explain; of several, the first.

        Args:
            items: at least one.
            judged: their rows, as `judge` returns them.

        Returns:
            Names and explanations, N each; both empty where no detector can explain.
        """
        if self._explaining is None:
            self._explaining = [
                name
                for name, detector in self.detectors.items()
                if detector.explain(items[:1]) is not None
            ]
        names = self._explaining
        if not names:
            return [], []
        p_values = np.stack([judged[column(name, P_VALUE)].to_numpy() for name in names], axis=1)
        chosen = p_values.argmin(axis=1)
        weights: list[np.ndarray] = [np.empty(0)] * len(items)
        for place, name in enumerate(names):
            own = np.flatnonzero(chosen == place)
            if not len(own):
                continue
            found = self.detectors[name].explain(items[own])
            assert found is not None
            for row, weight in zip(own.tolist(), found, strict=True):
                weights[row] = weight
        return [names[place] for place in chosen.tolist()], weights


def _without_last_bits(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return scores to 33 bits, some ten digits.

    The last bits depend on what is scored together: sums of matrix products take another order. An
    item that is also in the calibration set would tie with itself or not, by chance.
    """
    mantissa, exponent = np.frexp(scores)
    return np.ldexp(np.rint(np.ldexp(mantissa, 33)), exponent - 33)
