"""The end of a discriminator: from features to the logit, and to the class."""

from typing import Literal

import torch
from torch import Tensor, nn

from kizu.models.checks import check_choice, check_labels
from kizu.models.layers import Initialization, embedding, linear
from kizu.models.weights import Weights

Conditioning = Literal["projection", "auxiliary"]
CONDITIONINGS = ("projection", "auxiliary")


class DiscriminatorHead(nn.Module):
    """Logit of a feature map, and what the class has to do with it.

    - ``"projection"`` (Miyato & Koyama 2018, "cGANs with projection discriminator", equation 3):
      ``linear(features) + <embedding(label), pooled>``.
    - ``"auxiliary"`` (Odena et al. 2017, "Conditional image synthesis with auxiliary classifier
      GANs", section 3): the logit knows nothing of the class, a second linear layer tells it.

    Args:
        features: F, what the logit is linear in.
        pooled: P, features summed over the places of the feature map.
        class_count: 0 for neither.
        conditioning: "projection" or "auxiliary".
        bias: of the logit.
        weights: kind of all three weights.
        initialization: of all three.

    Raises:
        ValueError: an unknown ``conditioning``, or "auxiliary" without classes.
    """

    def __init__(
        self,
        features: int,
        pooled: int,
        class_count: int,
        *,
        conditioning: Conditioning = "projection",
        bias: bool = True,
        weights: Weights = "spectral",
        initialization: Initialization = "xavier",
    ) -> None:
        super().__init__()
        check_choice("conditioning", conditioning, CONDITIONINGS)
        if conditioning == "auxiliary" and not class_count:
            raise ValueError("conditioning='auxiliary' needs classes, but class_count=0")
        self.class_count = class_count
        self.labels_required = conditioning == "projection"
        self.linear = linear(features, 1, bias=bias, weights=weights, initialization=initialization)
        self.embedding = self.classifier = None
        if class_count and conditioning == "projection":
            self.embedding = embedding(
                class_count, pooled, weights=weights, initialization=initialization
            )
        elif class_count:
            self.classifier = linear(
                pooled, class_count, weights=weights, initialization=initialization
            )

    def forward(self, features: Tensor, pooled: Tensor, labels: Tensor | None = None) -> Tensor:
        """Map ``features`` (N, F) and ``pooled`` (N, P) to logits (N,)."""
        check_labels(labels, self.class_count, required=self.labels_required)
        logits = self.linear(features).squeeze(1)
        if self.embedding is None:
            return logits
        return logits + torch.sum(self.embedding(labels) * pooled, dim=1)

    def classify(self, pooled: Tensor) -> Tensor | None:
        """Map ``pooled`` (N, P) to class logits (N, class_count), without a classifier to None."""
        return None if self.classifier is None else self.classifier(pooled)
