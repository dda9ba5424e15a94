"""What the parameters choose to look at images with."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from kizu.evaluation.classification import accuracy
from kizu.evaluation.extraction import ClassifierOutputs, classifier_outputs
from kizu.evaluation.inception_features import inception_outputs, load_inception
from kizu.evaluation.moment_cache import cached_moments, moments_key, weights_hash
from kizu.evaluation.moments import Moments, moments
from kizu.models.classifiers import unpack_classifier
from kizu.pipelines.evaluate_generators.parameters import EvaluateGeneratorsParameters
from kizu.sources.cache import cache_folder


class Extractor:
    """The pipeline's classifier, or Inception; and the classifier in either case for labels.

    Attributes:
        knows_classes: whether its logits are of the data's own classes.

    Raises:
        InceptionUnavailable: Inception is asked for, and is not to be had.
    """

    def __init__(
        self,
        classifier_model: Any,
        parameters: EvaluateGeneratorsParameters,
        device: torch.device,
    ) -> None:
        self._parameters = parameters
        self._classifier = unpack_classifier(classifier_model).to(device)
        self.knows_classes = parameters.features == "classifier"
        if not self.knows_classes:
            weights = parameters.inception_weights
            self._inception = load_inception(Path(weights) if weights else None).to(device)

    def outputs(self, images: NDArray[np.uint8]) -> ClassifierOutputs:
        """Features and logits of images (N, C, H, W)."""
        if self.knows_classes:
            return self._classified(images)
        return inception_outputs(self._inception, images, batch_size=self._parameters.batch_size)

    def moments(self, images: NDArray[np.uint8], features: Tensor) -> Moments:
        """Moments of the features of these images, from the cache if the parameters allow it."""
        if not self._parameters.cache_moments:
            return moments(features)
        network = self._classifier if self.knows_classes else self._inception
        key = moments_key(
            images,
            (weights_hash(network), features.device.type, self._parameters.batch_size),
        )
        found = cached_moments(cache_folder() / "moments", key, lambda: moments(features))
        return Moments(found.sample_count, *(each.to(features.device) for each in found[1:]))

    def label_accuracy(
        self, images: NDArray[np.uint8], labels: NDArray[np.int64], seen: ClassifierOutputs
    ) -> float:
        """Share of images that the classifier labels so; ``seen`` are the `outputs` for them."""
        answers = seen if self.knows_classes else self._classified(images)
        return accuracy(labels, answers.logits.argmax(dim=1).cpu().numpy())

    def _classified(self, images: NDArray[np.uint8]) -> ClassifierOutputs:
        return classifier_outputs(self._classifier, images, batch_size=self._parameters.batch_size)
