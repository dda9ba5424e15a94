"""The likeliest labels of one image."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kizu.evaluation.extraction import classifier_outputs
from kizu.models.image_classifier import ImageClassifier


def top_labels(
    classifier: ImageClassifier,
    image: NDArray[np.uint8],
    class_names: Sequence[str],
    count: int = 5,
) -> list[tuple[str, float]]:
    """Return the likeliest classes of an image, the first most likely.

    Args:
        classifier: in evaluation mode.
        image: (C, H, W) uint8, of the size that the classifier takes.
        class_names: K names in the order of the logits, for a network with ImageNet's weights
            `kizu.models.imagenet.imagenet_categories`.
        count: how many, up to K.

    Returns:
        Names and their probabilities.

    Raises:
        ValueError: names that do not fit the logits, or a count out of range.
    """
    logits = classifier_outputs(classifier, image[np.newaxis], batch_size=1).logits[0]
    if len(class_names) != len(logits):
        raise ValueError(
            f"class_names hold {len(class_names)} names, but the classifier knows {len(logits)} "
            "classes"
        )
    if not 1 <= count <= len(logits):
        raise ValueError(f"count must be from 1 to {len(logits)}, got {count}")
    shares, positions = logits.double().softmax(dim=0).topk(count)
    named = zip(positions.tolist(), shares.tolist(), strict=True)
    return [(class_names[position], share) for position, share in named]
