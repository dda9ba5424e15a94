"""torchvision's classifiers, with ImageNet's weights or without, behind the house's interface."""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn

from kizu.models.checks import check_at_least, check_choice
from kizu.models.image_classifier import ImageClassifier
from kizu.models.pretrained import first_difference, mismatch, of_pipeline, read_weights

IMAGENET_CLASSES = 1000
_MEAN = (0.485, 0.456, 0.406)
_STANDARD_DEVIATION = (0.229, 0.224, 0.225)


class ImagenetClassifier(ImageClassifier):
    """A torchvision classifier with a head of its own.

    Images come in [-1, 1] as everywhere, and are normalized to ImageNet's statistics inside; gray
    ones are repeated over three channels. Weights start as torchvision's do, at random.

    Args:
        architecture: a name that torchvision knows, such as ``vgg16`` or ``resnet18``.
        class_count: outputs of the head.

    Raises:
        ValueError: no such classifier.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, architecture: str, class_count: int) -> None:
        super().__init__()
        check_choice("architecture", architecture, classifier_names())
        check_at_least(1, class_count=class_count)
        self.network, width = _headless(_build(architecture))
        self.head = nn.Linear(width, class_count)
        self.register_buffer("mean", _column(_MEAN), persistent=False)
        self.register_buffer("deviation", _column(_STANDARD_DEVIATION), persistent=False)

    def features(self, images: Tensor) -> Tensor:
        """Map ``images`` (N, C, H, W) in [-1, 1], C = 1 or 3, to what the head reads, (N, F)."""
        colors = images.expand(-1, 3, -1, -1)
        return self.network(((colors + 1) / 2 - self.mean) / self.deviation)

    def hidden_layers(self) -> Iterable[nn.Parameter]:
        """The layers that torchvision's network has in its classifier, but for the last."""
        middle = getattr(self.network, "classifier", None)
        return middle.parameters() if isinstance(middle, nn.Module) else ()


def classifier_names() -> list[str]:
    """The names of torchvision's ImageNet classifiers, sorted."""
    from torchvision import models

    # Two outputs in training need a training of their own, a convolution as the last layer too.
    others = {"googlenet", "inception_v3", "squeezenet1_0", "squeezenet1_1"}
    return sorted({*models.list_models(module=models)} - others)


def imagenet_categories(architecture: str) -> Sequence[str]:
    """The names of ImageNet's 1,000 classes, in the order of the published weights' outputs."""
    from torchvision import models

    categories: Sequence[str] = models.get_model_weights(architecture).DEFAULT.meta["categories"]
    return categories


def load_imagenet_weights(model: ImagenetClassifier, source: str) -> None:
    """Load trained weights into a model.

    The head takes them only where it has ImageNet's 1,000 classes; else it stays as it is.

    Args:
        model: changed in place.
        source: ``imagenet`` for torchvision's own, or the path of such a file, or that of a packed
            classifier of this pipeline; see `kizu.models.pretrained.read_weights`.

    Raises:
        PretrainedWeightsError: no network, no such file, or tensors of another architecture.
    """
    architecture = model.config["architecture"]
    weights = read_weights(source, architecture)
    if (ours := of_pipeline(weights)) is not None:
        _load_features(model, ours, source)
        return
    reference = _build(architecture)
    try:
        reference.load_state_dict(weights)
    except (RuntimeError, ValueError) as error:
        raise mismatch(source, architecture, str(error).splitlines()[-1].strip()) from error
    head = _last_linear(reference)[2]
    network, _ = _headless(reference)
    model.network.load_state_dict(network.state_dict())
    if model.config["class_count"] == IMAGENET_CLASSES:
        model.head.load_state_dict(head.state_dict())


def _load_features(model: ImagenetClassifier, state: dict[str, Tensor], source: str) -> None:
    weights = {
        name.removeprefix("network."): tensor
        for name, tensor in state.items()
        if not name.startswith("head.")
    }
    if problem := first_difference(weights, model.network.state_dict()):
        raise mismatch(source, model.config["architecture"], problem)
    model.network.load_state_dict(weights)


def _build(architecture: str) -> nn.Module:
    from torchvision import models

    network: nn.Module = models.get_model(architecture, weights=None)
    return network


def _last_linear(network: nn.Module) -> tuple[nn.Module, str, nn.Linear]:
    """The layer that gives the 1,000 logits, with the module that holds it and its name there."""
    name, head = [
        (name, module)
        for name, module in network.named_modules()
        if isinstance(module, nn.Linear) and module.out_features == IMAGENET_CLASSES
    ][-1]
    parent, _, child = name.rpartition(".")
    return network.get_submodule(parent), child, head


def _headless(network: nn.Module) -> tuple[nn.Module, int]:
    """The network without its last layer, and how many features that layer read."""
    parent, name, head = _last_linear(network)
    setattr(parent, name, nn.Identity())
    return network, head.in_features


def _column(values: Sequence[float]) -> Tensor:
    return torch.tensor(values)[:, None, None]
