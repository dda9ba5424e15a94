"""Fréchet distance within classes: is each class as it should be, and not only their mix?"""

import logging

import numpy as np
import torch
from numpy.typing import ArrayLike

from kizu.evaluation.features import Features, check_feature_pair
from kizu.evaluation.frechet import frechet_distance
from kizu.evaluation.moments import moments

_LOGGER = logging.getLogger(__name__)

# A covariance needs two.
_FEWEST = 2


def intra_class_distances(
    reference: Features,
    reference_labels: ArrayLike,
    generated: Features,
    generated_labels: ArrayLike,
) -> dict[int, float]:
    """Return the Fréchet distance of each class between real and generated samples.

    Miyato and Koyama 2018, "cGANs with projection discriminator", section 4 (intra FID, the mean
    over classes). A generator that ignores its labels has a good distance of the mix and bad ones
    here. Each is estimated from the samples of one class: compare equal counts only.

    Args:
        reference: (N, D) real features.
        reference_labels: (N,) integers.
        generated: (M, D) generated features.
        generated_labels: (M,) the classes that were asked for.

    Returns:
        By class, ascending; classes with fewer than two samples on a side are left out, and named
        in a warning.

    Raises:
        ValueError: features are unfit, labels do not fit them, or no class has enough samples.
    """
    real, fake = check_feature_pair(reference, generated, minimum=_FEWEST)
    sides = []
    for name, features, labels in (
        ("reference_labels", real, np.asarray(reference_labels)),
        ("generated_labels", fake, np.asarray(generated_labels)),
    ):
        if labels.shape != (len(features),):
            raise ValueError(f"{name} must be ({len(features)},), got {labels.shape}")
        sides.append((features, torch.from_numpy(labels).to(features.device)))
    classes = sorted({int(label) for _, labels in sides for label in labels.unique().tolist()})
    distances, small = {}, []
    for number in classes:
        members = [features[labels == number] for features, labels in sides]
        if min(map(len, members)) < _FEWEST:
            small.append(number)
            continue
        distances[number] = frechet_distance(*(moments(each) for each in members))
    if small:
        _LOGGER.warning("Classes %s have fewer than two samples; no distance within them.", small)
    if not distances:
        raise ValueError("no class has at least two real and two generated samples")
    return distances


def intra_class_metrics(
    generated: Features,
    labels: ArrayLike,
    train: Features,
    train_labels: ArrayLike,
    test: Features,
    test_labels: ArrayLike,
) -> dict[str, float]:
    """Average the distances within classes, to either split, and between the splits.

    Returns:
        ``<group>.intra_class_frechet_distance`` with the groups ``train``, ``test``,
        ``real.train`` and ``real.test`` of `kizu.evaluation.fidelity.generator_metrics`. Both
        baselines take all samples of the splits; the distance is symmetric, so they are equal.

    Raises:
        ValueError: as `intra_class_distances`.
    """
    made, learned, new = (generated, labels), (train, train_labels), (test, test_labels)
    to_train, to_test, between = (
        float(np.mean([*intra_class_distances(*pair).values()]))
        for pair in ((*learned, *made), (*new, *made), (*learned, *new))
    )
    groups = {"train": to_train, "test": to_test, "real.train": between, "real.test": between}
    return {f"{group}.intra_class_frechet_distance": mean for group, mean in groups.items()}
