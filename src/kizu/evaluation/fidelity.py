"""How far generated samples are from real ones: the metrics of a generator under flat keys."""

import logging
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from kizu.evaluation.classification import accuracy
from kizu.evaluation.extraction import ClassifierOutputs
from kizu.evaluation.features import Features, check_feature_pair
from kizu.evaluation.frechet import frechet_distance
from kizu.evaluation.inception import inception_score
from kizu.evaluation.kernel import kernel_distance
from kizu.evaluation.manifold import Balls, balls_of, compare_balls
from kizu.evaluation.moments import Moments, moments
from kizu.evaluation.settings import FidelityParameters

_LOGGER = logging.getLogger(__name__)


class FeatureSet(NamedTuple):
    """Features, and what every comparison of them with others needs.

    Attributes:
        features: (N, D).
        moments: theirs.
        balls: theirs, with the k of the settings.
    """

    features: Tensor
    moments: Moments
    balls: Balls


class RealSplits(NamedTuple):
    """Both real splits, measured once for all generators that are held against them.

    Attributes:
        train: of the train split.
        test: of the test split.
        baselines: flat metrics of real samples, see `real_splits`.
    """

    train: FeatureSet
    test: FeatureSet
    baselines: dict[str, float]


def feature_set(
    features: Features,
    settings: FidelityParameters,
    *,
    origin: Tensor | None = None,
    known_moments: Moments | None = None,
) -> FeatureSet:
    """Measure a set of features by itself.

    Args:
        features: (N, D).
        settings: of the single metrics.
        origin: (D,) float64, of the sets that this one is to be compared with; None: its mean.
        known_moments: those of the features, if they are known.

    Raises:
        ValueError: as `moments` and `balls_of`.
    """
    balls = balls_of(features, neighbors=settings.neighbors, origin=origin)
    found = moments(features) if known_moments is None else known_moments
    return FeatureSet(balls.features, found, balls)


def fidelity_metrics(
    reference: FeatureSet, generated: FeatureSet, settings: FidelityParameters
) -> dict[str, float]:
    """Compare generated with real features by every metric that needs a reference.

    Args:
        reference: of N real samples.
        generated: of M generated samples, with the origin of the real ones.
        settings: of the single metrics.

    Returns:
        ``frechet_distance``, ``kernel_distance``, ``kernel_distance_std``, ``precision``,
        ``recall``, ``density`` and ``coverage``.

    Raises:
        ValueError: as `frechet_distance`, `kernel_distance` and `compare_balls`.
    """
    real, fake = check_feature_pair(reference.features, generated.features, minimum=2)
    smallest, width = min(len(real), len(fake)), real.shape[1]
    if smallest <= width:
        _LOGGER.warning(
            "The Fréchet distance is estimated from %d samples of %d features: their covariance is "
            "singular, and the distance far too high. Compare it with equal counts only.",
            smallest,
            width,
        )
    kernel = kernel_distance(
        real,
        fake,
        subset_count=settings.kernel_subset_count,
        subset_size=settings.kernel_subset_size,
        seed=settings.seed,
    )
    return {
        "frechet_distance": frechet_distance(reference.moments, generated.moments),
        "kernel_distance": kernel.mean,
        "kernel_distance_std": kernel.std,
        **compare_balls(reference.balls, generated.balls)._asdict(),
    }


def sample_metrics(
    outputs: ClassifierOutputs, labels: ArrayLike | None, settings: FidelityParameters
) -> dict[str, float]:
    """Measure samples by the classifier's answers alone, without a reference.

    Args:
        outputs: the classifier's, for N samples.
        labels: (N,) the class that was asked for, or None for unconditional samples.
        settings: of the inception score.

    Returns:
        ``sample_count``, ``inception_score``, ``inception_score_std`` and, with labels,
        ``label_accuracy``: the share of samples that the classifier labels as asked.

    Raises:
        ValueError: as `inception_score`, or N labels are not given.
    """
    score = inception_score(
        outputs.logits, split_count=settings.inception_splits, seed=settings.seed
    )
    metrics = {
        "sample_count": len(outputs.logits),
        "inception_score": score.mean,
        "inception_score_std": score.std,
    }
    if labels is not None:
        metrics["label_accuracy"] = accuracy(labels, outputs.logits.argmax(dim=1).cpu().numpy())
    return metrics


def real_splits(
    train: ClassifierOutputs,
    test: ClassifierOutputs,
    test_labels: ArrayLike | None,
    settings: FidelityParameters,
    *,
    sample_count: int,
    known_moments: Mapping[str, Moments] | None = None,
) -> RealSplits:
    """Measure both real splits, and one against the other.

    No metric has a scale of its own, so each comes with a baseline: the same metric with *real*
    samples of the other split in the generated ones' place. The baselines take as many samples as
    are generated, or all that the split has; generate at most as many as the smaller split holds
    to compare like with like.

    Args:
        train: the classifier's outputs for the train split.
        test: the classifier's outputs for the test split.
        test_labels: true labels of the test split, or None where the classifier is of other
            classes than the data.
        settings: of the single metrics.
        sample_count: samples that each generator makes.
        known_moments: those of ``train`` and ``test``, where they are known.

    Returns:
        The keys of the baselines start with ``real.``: ``real.train.<metric>`` holds test samples
        against the train split, ``real.test.<metric>`` train samples against the test split, and
        ``real.<metric>`` the `sample_metrics` of the test samples.

    Raises:
        ValueError: as the single metrics.
    """
    known = known_moments or {}
    of_train = feature_set(train.features, settings, known_moments=known.get("train"))
    origin = of_train.balls.origin
    of_test = feature_set(test.features, settings, origin=origin, known_moments=known.get("test"))
    random = np.random.default_rng(settings.seed)
    chosen_train, chosen_test = (
        random.permutation(len(split.features))[:sample_count] for split in (train, test)
    )
    some_train, some_test = (
        feature_set(split.features[torch.from_numpy(rows)], settings, origin=origin)
        for split, rows in ((train, chosen_train), (test, chosen_test))
    )
    seen = ClassifierOutputs(some_test.features, test.logits[torch.from_numpy(chosen_test)])
    labels = None if test_labels is None else np.asarray(test_labels)[chosen_test]
    baselines = _flat(
        {
            "real.": sample_metrics(seen, labels, settings),
            "real.train.": fidelity_metrics(of_train, some_test, settings),
            "real.test.": fidelity_metrics(of_test, some_train, settings),
        }
    )
    return RealSplits(of_train, of_test, baselines)


def generator_metrics(
    generated: ClassifierOutputs,
    labels: ArrayLike | None,
    real: RealSplits,
    settings: FidelityParameters,
) -> dict[str, float]:
    """Measure a generator against both real splits, beside the baselines.

    The train split is what the generator has learned (a copy of it would score perfectly), the
    test split is what it should generalize to.

    The classifier has been trained on the train split, whose features are therefore a little
    tighter than those of images it has not seen; the baselines contain that effect too.

    Args:
        generated: the classifier's outputs for N generated samples.
        labels: (N,) the classes that were asked for, or None for an unconditional generator.
        real: both splits, with baselines of N samples.
        settings: of the single metrics.

    Returns:
        Flat: those of `sample_metrics`, those of `fidelity_metrics` as ``train.<metric>`` and
        ``test.<metric>``, and the baselines.

    Raises:
        ValueError: as the single metrics.
    """
    made = feature_set(generated.features, settings, origin=real.train.balls.origin)
    groups = {
        "": sample_metrics(generated, labels, settings),
        "train.": fidelity_metrics(real.train, made, settings),
        "test.": fidelity_metrics(real.test, made, settings),
    }
    return _flat(groups) | real.baselines


def _flat(groups: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    return {
        f"{prefix}{name}": value
        for prefix, metrics in groups.items()
        for name, value in metrics.items()
    }
