"""How far generated samples are from real ones: the metrics of a generator under flat keys."""

import logging
from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import ArrayLike

from kizu.evaluation.classification import accuracy
from kizu.evaluation.extraction import ClassifierOutputs
from kizu.evaluation.features import Features, check_feature_pair
from kizu.evaluation.frechet import frechet_distance
from kizu.evaluation.inception import inception_score
from kizu.evaluation.kernel import kernel_distance
from kizu.evaluation.manifold import manifold_metrics
from kizu.evaluation.moments import Moments, moments
from kizu.evaluation.settings import FidelityParameters

_LOGGER = logging.getLogger(__name__)


def fidelity_metrics(
    reference: Features,
    generated: Features,
    settings: FidelityParameters,
    reference_moments: Moments | None = None,
) -> dict[str, float]:
    """Compare generated with real features by every metric that needs a reference.

    Args:
        reference: (N, D) real features.
        generated: (M, D) generated features.
        settings: of the single metrics.
        reference_moments: those of the reference, if they are known.

    Returns:
        ``frechet_distance``, ``kernel_distance``, ``kernel_distance_std``, ``precision``,
        ``recall``, ``density`` and ``coverage``.

    Raises:
        ValueError: as `frechet_distance`, `kernel_distance` and `manifold_metrics`.
    """
    check_feature_pair(reference, generated, minimum=2)
    smallest, width = min(len(reference), len(generated)), reference.shape[1]
    if smallest <= width:
        _LOGGER.warning(
            "The Fréchet distance is estimated from %d samples of %d features: their covariance is "
            "singular, and the distance far too high. Compare it with equal counts only.",
            smallest,
            width,
        )
    known = moments(reference) if reference_moments is None else reference_moments
    kernel = kernel_distance(
        reference,
        generated,
        subset_count=settings.kernel_subset_count,
        subset_size=settings.kernel_subset_size,
        seed=settings.seed,
    )
    return {
        "frechet_distance": frechet_distance(known, moments(generated)),
        "kernel_distance": kernel.mean,
        "kernel_distance_std": kernel.std,
        **manifold_metrics(reference, generated, neighbors=settings.neighbors)._asdict(),
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


def generator_metrics(
    generated: ClassifierOutputs,
    labels: ArrayLike | None,
    train: ClassifierOutputs,
    test: ClassifierOutputs,
    test_labels: ArrayLike | None,
    settings: FidelityParameters,
    reference_moments: Mapping[str, Moments] | None = None,
) -> dict[str, float]:
    """Measure a generator against both real splits, and one real split against the other.

    The train split is what the generator has learned (a copy of it would score perfectly), the
    test split is what it should generalize to. No metric has a scale of its own, so each comes
    with a baseline: the same metric with *real* samples of the other split in the generated
    ones' place. The baselines take as many samples as were generated, or all that the split
    has; generate at most as many as the smaller split holds to compare like with like.

    The classifier has been trained on the train split, whose features are therefore a little
    tighter than those of images it has not seen; the baselines contain that effect too.

    Args:
        generated: the classifier's outputs for N generated samples.
        labels: (N,) the classes that were asked for, or None for an unconditional generator.
        train: the classifier's outputs for the train split.
        test: the classifier's outputs for the test split.
        test_labels: true labels of the test split, or None where the classifier is of other
            classes than the data.
        settings: of the single metrics.
        reference_moments: those of ``train`` and ``test``, where they are known.

    Returns:
        Flat: those of `sample_metrics`, and of `fidelity_metrics` as ``train.<metric>`` and
        ``test.<metric>``. The baselines start with ``real.``: ``real.train.<metric>`` holds test
        samples against the train split, ``real.test.<metric>`` train samples against the test
        split, and ``real.<metric>`` the `sample_metrics` of the test samples.

    Raises:
        ValueError: as the single metrics.
    """
    random = np.random.default_rng(settings.seed)
    chosen = {
        name: random.permutation(len(split.features))[: len(generated.features)]
        for name, split in (("train", train), ("test", test))
    }
    real_train, real_test = (
        ClassifierOutputs(*(part[torch.from_numpy(chosen[name])] for part in split))
        for name, split in (("train", train), ("test", test))
    )
    real_labels = None if test_labels is None else np.asarray(test_labels)[chosen["test"]]
    of_train, of_test = ((reference_moments or {}).get(name) for name in ("train", "test"))
    groups = {
        "": sample_metrics(generated, labels, settings),
        "train.": fidelity_metrics(train.features, generated.features, settings, of_train),
        "test.": fidelity_metrics(test.features, generated.features, settings, of_test),
        "real.": sample_metrics(real_test, real_labels, settings),
        "real.train.": fidelity_metrics(train.features, real_test.features, settings, of_train),
        "real.test.": fidelity_metrics(test.features, real_train.features, settings, of_test),
    }
    return {
        f"{prefix}{name}": value
        for prefix, metrics in groups.items()
        for name, value in metrics.items()
    }
