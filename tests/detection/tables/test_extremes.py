"""Rows that float32 holds, and their squares not; and as few normal rows as there can be."""

import numpy as np
import pytest

from kizu.detection.packing import build_detector
from kizu.detection.tables.parameters import (
    TableAutoencoderParameters,
    TableCovarianceParameters,
    TableEfficientGanParameters,
    TableForestParameters,
    TableNeighborsParameters,
    TableOutlierFactorParameters,
    TableSupportVectorParameters,
    TableTailsParameters,
)
from kizu.detection.tables.registry import TABLE_DETECTORS
from kizu.training.settings import TrainingParameters

SHORT = TrainingParameters(steps=2, batch_size=8, device="cpu")
PARAMETERS = {
    "autoencoder": TableAutoencoderParameters(
        widths=[4], latent_dim=2, learning_rate=1e-3, noise=1, training=SHORT
    ),
    "efficient_gan": TableEfficientGanParameters(
        latent_dim=2,
        width=4,
        discriminator_dropout=0.2,
        objective="cross_entropy",
        generator_learning_rate=1e-3,
        discriminator_learning_rate=1e-3,
        average_decay=0.9,
        discrimination="features",
        discrimination_weight=0.1,
        training=SHORT,
    ),
    "forest": TableForestParameters(trees=10, seed=0),
    "support_vector": TableSupportVectorParameters(outlier_share=0.5),
    "covariance": TableCovarianceParameters(still_variance=2.0, seed=0),
    "ecod": TableTailsParameters(),
    "copod": TableTailsParameters(),
    "outlier_factor": TableOutlierFactorParameters(neighbors=2),
    "neighbors": TableNeighborsParameters(neighbors=2),
}


def detector(name):
    return build_detector(TABLE_DETECTORS, name, PARAMETERS[name])


@pytest.mark.parametrize("name", TABLE_DETECTORS)
def test_extreme_values_have_a_score_and_an_explanation(name):
    rows = np.random.default_rng(0).normal(size=(60, 4)).astype(np.float32)
    rows[:, 2] *= 1e-3
    rows[:, 3] = 7
    new = np.zeros((6, 4), np.float32)
    new[:, 3] = 7
    for row, (feature, value) in enumerate([(0, 1e4), (0, -1e20), (2, 3e38), (3, -3e38)], start=1):
        new[row, feature] = value
    new[5] = 3e38
    fitted = detector(name).fit(rows)
    scores, parts = fitted.score(new), fitted.explain(new)
    assert np.isfinite(scores).all()
    # No tree splits a feature that is constant.
    assert (scores[1:] > scores[0]).sum() >= 5 - (name == "forest")
    assert np.isfinite(parts).all()
    assert (parts >= 0).all()
    assert parts.dtype == np.float32


@pytest.mark.parametrize("name", sorted(set(TABLE_DETECTORS) - {"neighbors", "outlier_factor"}))
@pytest.mark.parametrize("count", [2, 3])
def test_few_rows_are_enough(name, count):
    rows = np.random.default_rng(1).normal(size=(count, 3)).astype(np.float32)
    assert np.isfinite(detector(name).fit(rows).score(rows + 1000)).all()


@pytest.mark.parametrize("name", TABLE_DETECTORS)
def test_one_row_is_not(name):
    with pytest.raises(ValueError, match="nothing can be learned from 1 equal rows"):
        detector(name).fit(np.float32([[1, 2, 3]]))
