"""The detectors of rows that train networks: they learn how features go together."""

import numpy as np
import pytest
import torch

from kizu.detection.bigan_scores import bigan_scores
from kizu.detection.tables.autoencoder import TableAutoencoder
from kizu.detection.tables.parameters import TableAutoencoderParameters
from kizu.evaluation.detection import auroc
from kizu.models.dense_bigan import DenseEncoder, DenseGenerator, DenseJointDiscriminator
from kizu.training.settings import TrainingParameters


def plane(count: int, seed: int) -> np.ndarray:
    """Draw rows of six features that lie near a plane."""
    random = np.random.default_rng(seed)
    axes = np.random.default_rng(7).normal(size=(2, 6))
    noise = 0.05 * random.normal(size=(count, 6))
    return (random.normal(size=(count, 2)) @ axes + noise).astype(np.float32)


def test_rows_off_the_plane_are_found():
    training = TrainingParameters(steps=300, batch_size=64, device="cpu")
    parameters = TableAutoencoderParameters(
        widths=[32], latent_dim=2, learning_rate=0.01, noise=0, training=training
    )
    detector = TableAutoencoder(parameters).fit(plane(400, 0))
    normal = plane(60, 1)
    # Every feature alone is as usual: only how they go together is not.
    shuffled = np.random.default_rng(3).permuted(normal, axis=0)
    scores = detector.score(np.concatenate([normal, shuffled]))
    assert auroc(np.repeat([0, 1], 60), scores) > 0.9
    np.testing.assert_allclose(detector.explain(normal).mean(axis=1), scores[:60], rtol=1e-5)


@pytest.mark.parametrize("discrimination", ["features", "cross_entropy"])
def test_scores_of_a_bidirectional_gan_by_the_formula(discrimination):
    torch.manual_seed(0)
    generator, encoder = DenseGenerator(5, 2, 4).eval(), DenseEncoder(5, 2, 4).eval()
    discriminator = DenseJointDiscriminator(5, 2, 4, dropout=0.5).eval()
    rows = torch.randn(3, 5)
    latent = encoder(rows)
    residual = (rows - generator(latent)).abs().sum(dim=1)
    if discrimination == "features":
        pairs = (
            discriminator.features(rows, latent),
            discriminator.features(generator(latent), latent),
        )
        judged = (pairs[0] - pairs[1]).abs().sum(dim=1)
    else:
        judged = -torch.log(torch.sigmoid(discriminator(rows, latent)))
    scores = bigan_scores(generator, encoder, discriminator, rows, discrimination, 0.3)
    torch.testing.assert_close(scores, 0.7 * residual + 0.3 * judged)
