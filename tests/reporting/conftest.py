"""Made-up detectors for the sections that compare and show them."""

from collections.abc import Callable

import pandas as pd
import pytest

from kizu.reporting.sections.detected import MODALITIES, Detected

MakeDetected = Callable[..., Detected]


@pytest.fixture
def make_detected() -> MakeDetected:
    """Makes the results of two detectors: two anomalous test items, two normal ones, calibration.

    ``sharp`` gives the anomalous items 5 and 4, the normal ones 2 and 1; ``blunt``, the baseline,
    gives 5, 1, 2 and 1. Both flag what scores above 3.
    """
    return _make_detected


def _make_detected(modality: str = "images", metrics: dict[str, float] | None = None) -> Detected:
    rows = []
    for detector, values in (("sharp", (5, 4, 2, 1)), ("blunt", (5, 1, 2, 1))):
        for number, score in enumerate(values):
            rows.append(
                {
                    "id": f"item-{number}",
                    "class_name": "worn" if number < 2 else "normal",
                    "is_anomaly": int(number < 2),
                    "split": "test",
                    "detector": detector,
                    "score": float(score),
                    "p_value": 1 / (1 + score),
                    "flag": score > 3,
                }
            )
        rows += [
            {
                "id": f"held-out-{number}",
                "class_name": "normal",
                "is_anomaly": 0,
                "split": "calibration",
                "detector": detector,
                "score": 1.5,
                "p_value": float("nan"),
                "flag": False,
            }
            for number in range(9)
        ]
    own = metrics if metrics is not None else {"sharp.auroc": 1.0, "blunt.auroc": 0.625}
    return Detected(MODALITIES[modality], own, pd.DataFrame(rows), ["blunt"], "combined")
