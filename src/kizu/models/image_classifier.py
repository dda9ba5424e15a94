"""What every image classifier has in common: features, a head, and stages to fine-tune."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Self

from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from kizu.models.serialization import ConfiguredModule

STAGES = ("features", "classifier", "head")


class ImageClassifier(ConfiguredModule, ABC):
    """A network that maps images in [-1, 1] to features, and those to class logits.

    Attributes:
        head: the last layer.
    """

    head: nn.Linear

    @abstractmethod
    def features(self, images: Tensor) -> Tensor:
        """Map ``images`` (N, C, H, W) in [-1, 1] to what the head reads, (N, F)."""

    def forward(self, images: Tensor) -> Tensor:
        """Map ``images`` (N, C, H, W) in [-1, 1] to class logits (N, class_count)."""
        return self.head(self.features(images))

    def hidden_layers(self) -> Iterable[nn.Parameter]:
        """The parameters between the features and the head; most networks have none."""
        return ()

    def stages(self) -> dict[str, list[nn.Parameter]]:
        """The parameters in three groups, from the image to the answer.

        ``features``: everything but the classifier; ``classifier``: its layers before the last,
        where there are any (VGG and AlexNet have two); ``head``: the last layer.
        """
        inner, head = list(self.hidden_layers()), list(self.head.parameters())
        known = {id(parameter) for parameter in (*inner, *head)}
        outer = [parameter for parameter in self.parameters() if id(parameter) not in known]
        return {"features": outer, "classifier": inner, "head": head}

    def train(self, mode: bool = True) -> Self:
        """Set the mode; batch norm whose parameters are frozen stays in evaluation mode.

        Its running statistics belong to the weights around it. Following the new data, they would
        change frozen features all the same.
        """
        super().train(mode)
        for module in self.modules():
            if isinstance(module, _BatchNorm) and module.affine and not module.weight.requires_grad:
                module.eval()
        return self
