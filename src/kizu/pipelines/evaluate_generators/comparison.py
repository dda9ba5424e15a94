"""Generated images beside real ones: every metric and the picture, for any generator."""

from typing import Any

import numpy as np

from kizu.evaluation.fidelity import generator_metrics
from kizu.evaluation.generation import ImageGenerator
from kizu.evaluation.intra_class import intra_class_metrics
from kizu.evaluation.nearest import memorization_metrics, nearest_neighbors
from kizu.pipelines.evaluate_generators.extractor import Extractor
from kizu.pipelines.evaluate_generators.nearest_grid import nearest_grid
from kizu.pipelines.evaluate_generators.parameters import EvaluateGeneratorsParameters
from kizu.pipelines.evaluate_generators.real_images import RealImages
from kizu.pipelines.evaluate_generators.samples import generate_samples
from kizu.training.device import resolve_device


def compare_with_real(
    generator: ImageGenerator,
    real: RealImages,
    classifier_model: Any,
    parameters: EvaluateGeneratorsParameters,
) -> tuple[dict[str, float], np.ndarray]:
    """Compare generated images with the train and the test split, on the chosen features.

    A conditional generator is asked for the class proportions of the train split.

    Args:
        generator: in evaluation mode; it is moved to the device.
        real: both splits, measured with the same classifier and parameters.
        classifier_model: the packed classifier.
        parameters: of the stage.

    Returns:
        The metrics of `kizu.evaluation.fidelity.generator_metrics`, of
        `kizu.evaluation.intra_class.intra_class_metrics` for a conditional generator, and of
        `kizu.evaluation.nearest.memorization_metrics`; and a picture of the samples closest to a
        training image, each left of its nearest training images.
    """
    device = resolve_device(parameters.device)
    generator.to(device)
    generated, asked = generate_samples(generator, real.labels["train"], parameters)
    extractor = Extractor(classifier_model, parameters, device)
    seen = extractor.outputs(generated)
    train, test = real.splits.train.features, real.splits.test.features
    metrics = generator_metrics(
        seen, asked if extractor.knows_classes else None, real.splits, parameters.fidelity
    )
    if real.test_label_accuracy is not None and asked is not None:
        metrics["label_accuracy"] = extractor.label_accuracy(generated, asked, seen)
        metrics["real.label_accuracy"] = real.test_label_accuracy
    if asked is not None and parameters.intra_class:
        metrics |= intra_class_metrics(
            generated=seen.features,
            labels=asked,
            train=train,
            train_labels=real.labels["train"],
            test=test,
            test_labels=real.labels["test"],
        )
    count = min(parameters.nearest_neighbors, len(train))
    nearest = nearest_neighbors(train, seen.features, count=count)
    metrics |= memorization_metrics(real.test_distances, nearest.distances[:, 0])
    picture = nearest_grid(
        generated, real.images["train"], nearest, rows=parameters.nearest_samples
    )
    return metrics, picture
