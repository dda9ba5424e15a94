"""The real images that generators are held against, seen and measured once for all of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor

from kizu.evaluation.fidelity import RealSplits, real_splits
from kizu.evaluation.nearest import nearest_neighbors
from kizu.pipelines.evaluate_generators.extractor import Extractor
from kizu.pipelines.evaluate_generators.parameters import EvaluateGeneratorsParameters
from kizu.training.device import resolve_device


@dataclass(frozen=True)
class RealImages:
    """The train and the test split.

    Attributes:
        images: uint8 (N, C, H, W), by split.
        labels: int64 (N,), by split.
        splits: their features, with the metrics of one split against the other.
        test_distances: distance of each test image to the nearest train image.
        test_label_accuracy: share of the test images that the classifier labels right, where
            Inception sees the images; else None, and among the baselines of ``splits``.
    """

    images: Mapping[str, np.ndarray]
    labels: Mapping[str, np.ndarray]
    splits: RealSplits
    test_distances: Tensor
    test_label_accuracy: float | None


def look_at_real_images(
    images: np.ndarray,
    image_index: Any,
    classifier_model: Any,
    parameters: EvaluateGeneratorsParameters,
) -> RealImages:
    """Measure the real splits on the chosen features.

    Args:
        images: (N, C, H, W) uint8.
        image_index: data frame of N rows with `label` and `split`.
        classifier_model: the packed classifier.
        parameters: of the stage.
    """
    of_split = {name: (image_index["split"] == name).to_numpy() for name in ("train", "test")}
    real = {name: images[rows] for name, rows in of_split.items()}
    labels = {name: image_index["label"].to_numpy()[rows] for name, rows in of_split.items()}
    extractor = Extractor(classifier_model, parameters, resolve_device(parameters.device))
    seen = {name: extractor.outputs(pictures) for name, pictures in real.items()}
    train, test = seen["train"], seen["test"]
    knows_classes = extractor.knows_classes
    return RealImages(
        real,
        labels,
        real_splits(
            train,
            test,
            labels["test"] if knows_classes else None,
            parameters.fidelity,
            sample_count=parameters.sample_count,
            known_moments={n: extractor.moments(real[n], seen[n].features) for n in real},
        ),
        nearest_neighbors(train.features, test.features).distances[:, 0],
        None if knows_classes else extractor.label_accuracy(real["test"], labels["test"], test),
    )
