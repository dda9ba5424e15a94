"""How a classifier in training is judged."""

import numpy as np
from numpy.typing import NDArray

from kizu.evaluation.classification import accuracy, negative_log_likelihood
from kizu.evaluation.extraction import classifier_outputs
from kizu.models.image_classifier import ImageClassifier
from kizu.pipelines.classifier.building import evaluation_batch_size


def calibration_metrics(
    network: ImageClassifier, images: NDArray[np.uint8], labels: NDArray[np.int64]
) -> dict[str, float]:
    """Return loss and accuracy on the calibration split; the network is left in evaluation mode."""
    batch_size = evaluation_batch_size(images.shape)
    answers = classifier_outputs(network.eval(), images, batch_size=batch_size).logits.cpu().numpy()
    return {
        "calibration_loss": negative_log_likelihood(labels, answers),
        "calibration_accuracy": accuracy(labels, answers.argmax(axis=1)),
    }
