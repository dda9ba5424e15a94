"""Small logs, and detectors small enough to be fitted in every test run."""

from collections.abc import Callable

import numpy as np
import pytest

from kizu.detection.packing import build_detector
from kizu.detection.protocol import Detector
from kizu.detection.text.parameters import (
    NgramParameters,
    StateNeighborsParameters,
    TfidfNeighborsParameters,
    TransformerParameters,
)
from kizu.detection.text.registry import TEXT_DETECTORS
from kizu.detection.text.windows import with_lines_before
from kizu.parameters import Parameters
from kizu.preprocessing.vocabulary import PADDING, UNKNOWN
from kizu.training.settings import TrainingParameters

NETWORK = {
    "width": 16,
    "depth": 1,
    "heads": 2,
    "dropout": 0.1,
    "learning_rate": 1e-2,
    "weight_decay": 0.0,
    "training": TrainingParameters(steps=60, batch_size=16, device="cpu"),
}
PARAMETERS: dict[str, Parameters] = {
    "transformer": TransformerParameters(**NETWORK),
    "state_neighbors": StateNeighborsParameters(**NETWORK, neighbors=3),
    "ngram": NgramParameters(order=3, smoothing="witten_bell"),
    "tfidf_neighbors": TfidfNeighborsParameters(neighbors=3),
}
# A machine opens, turns two or three times at some speed, and closes.
OPEN, CLOSE, TURN, SLOW, FAST, LOST = range(2, 8)
WIDTH = 4

Fitted = Callable[[str], Detector[np.ndarray]]


def line(*tokens: int) -> list[int]:
    return [*tokens, *[PADDING] * (WIDTH - len(tokens))]


def machine_log(cycles: int, seed: int) -> np.ndarray:
    """Normal lines in the order of time, int32 (N, 4)."""
    random = np.random.default_rng(seed)
    lines = []
    for _ in range(cycles):
        turns = [line(TURN, int(random.choice([SLOW, FAST]))) for _ in range(random.integers(2, 4))]
        lines += [line(OPEN), *turns, line(CLOSE, CLOSE)]
    return np.array(lines, np.int32)


@pytest.fixture(scope="session")
def parameters() -> dict[str, Parameters]:
    """Parameters of every text detector, small."""
    return PARAMETERS


@pytest.fixture(scope="session")
def normal() -> np.ndarray:
    """Normal windows of two lines to fit on."""
    return with_lines_before(machine_log(30, seed=0), 1)


@pytest.fixture(scope="session")
def unseen() -> np.ndarray:
    """Twelve windows that were not fitted on, of which the last three have strange lines."""
    lines = machine_log(3, seed=1)[:10]
    strange = [line(TURN, LOST), line(UNKNOWN, LOST, LOST, LOST), line(SLOW, OPEN, LOST)]
    # Without the first: few lines have none before them.
    return with_lines_before(np.concatenate([lines, np.array(strange, np.int32)]), 1)[1:]


@pytest.fixture(scope="session")
def fitted(normal: np.ndarray) -> Fitted:
    """Return a detector by name, fitted to `normal`, once a session: leave it as it is."""
    detectors: dict[str, Detector[np.ndarray]] = {}

    def get(name: str) -> Detector[np.ndarray]:
        if name not in detectors:
            detectors[name] = build_detector(TEXT_DETECTORS, name, PARAMETERS[name]).fit(normal)
        return detectors[name]

    return get
