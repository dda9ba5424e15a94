"""Generated images beside real ones: every metric and the picture, for any generator."""

from typing import Any

import numpy as np

from kizu.evaluation.fidelity import generator_metrics
from kizu.evaluation.generation import ImageGenerator
from kizu.evaluation.intra_class import intra_class_metrics
from kizu.evaluation.nearest import memorization_metrics
from kizu.pipelines.evaluate_generators.extractor import Extractor
from kizu.pipelines.evaluate_generators.nearest_grid import nearest_grid
from kizu.pipelines.evaluate_generators.parameters import EvaluateGeneratorsParameters
from kizu.pipelines.evaluate_generators.samples import generate_samples
from kizu.training.device import resolve_device


def compare_with_real(
    generator: ImageGenerator,
    images: np.ndarray,
    image_index: Any,
    classifier_model: Any,
    parameters: EvaluateGeneratorsParameters,
) -> tuple[dict[str, float], np.ndarray]:
    """Compare generated images with the train and the test split, on the chosen features.

    A conditional generator is asked for the class proportions of the train split.

    Args:
        generator: in evaluation mode; it is moved to the device.
        images: (N, C, H, W) uint8.
        image_index: data frame of N rows with `label` and `split`.
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
    of_split = {name: (image_index["split"] == name).to_numpy() for name in ("train", "test")}
    real = {name: images[rows] for name, rows in of_split.items()}
    labels = {name: image_index["label"].to_numpy()[rows] for name, rows in of_split.items()}
    generated, asked = generate_samples(generator, labels["train"], parameters)
    extractor = Extractor(classifier_model, parameters, device)
    outputs = {
        name: extractor.outputs(pictures)
        for name, pictures in {"generated": generated, **real}.items()
    }
    knows_classes = extractor.knows_classes
    metrics = generator_metrics(
        labels=asked if knows_classes else None,
        test_labels=labels["test"] if knows_classes else None,
        settings=parameters.fidelity,
        reference_moments={
            name: extractor.moments(real[name], outputs[name].features) for name in real
        },
        **outputs,
    )
    features = {name: found.features for name, found in outputs.items()}
    if not knows_classes and asked is not None:
        metrics["label_accuracy"] = extractor.label_accuracy(generated, asked)
        metrics["real.label_accuracy"] = extractor.label_accuracy(real["test"], labels["test"])
    if asked is not None and parameters.intra_class:
        metrics |= intra_class_metrics(
            labels=asked, train_labels=labels["train"], test_labels=labels["test"], **features
        )
    metrics |= memorization_metrics(**features)
    picture = nearest_grid(
        generated,
        real["train"],
        features["generated"],
        features["train"],
        rows=parameters.nearest_samples,
        neighbors=parameters.nearest_neighbors,
    )
    return metrics, picture
