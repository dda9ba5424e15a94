"""Networks whose feature maps tell patches apart: one's own, or torchvision's."""

from collections.abc import Sequence

from torch import Tensor

from kizu.detection.images.parameters import PretrainedBackboneParameters
from kizu.models.encoder import Encoder
from kizu.models.imagenet import ImagenetClassifier, load_imagenet_weights


def pretrained_backbone(parameters: PretrainedBackboneParameters) -> ImagenetClassifier:
    """Build a network of torchvision with trained weights.

    Raises:
        ValueError: no such architecture, or no such layer.
        PretrainedWeightsError: see `load_imagenet_weights`.
    """
    network = ImagenetClassifier(parameters.architecture, class_count=1)
    known = [name for name, _ in network.network.named_children()]
    if unknown := [layer for layer in parameters.layers if layer not in known]:
        raise ValueError(f"layers names {unknown}; choose from: {', '.join(known)}")
    load_imagenet_weights(network, parameters.weights)
    return network


def feature_maps(
    network: Encoder | ImagenetClassifier, images: Tensor, layers: Sequence[str]
) -> list[Tensor]:
    """Return the maps (N, F, h, w) of images (N, C, H, W), finest first.

    Args:
        network: an `Encoder`, all of whose strided levels count, or an `ImagenetClassifier`.
        images: in [-1, 1].
        layers: of the latter.
    """
    if isinstance(network, Encoder):
        return network.maps(images)
    found: dict[str, Tensor] = {}
    hooks = [
        layer.register_forward_hook(
            lambda module, inputs, output, name=name: found.update({name: output})
        )
        for name, layer in network.network.named_children()
        if name in layers
    ]
    try:
        network.features(images)
    finally:
        for hook in hooks:
            hook.remove()
    # In the order in which the network has them, not in that of the parameter.
    return list(found.values())
