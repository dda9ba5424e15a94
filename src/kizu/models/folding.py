"""Copies of networks for work in which no weight moves: the same function, in less time."""

import copy
from collections.abc import Iterator
from itertools import pairwise
from typing import TypeGuard, TypeVar

from torch import Tensor, nn
from torch.nn.utils import parametrize
from torch.nn.utils.fusion import fuse_conv_bn_weights

from kizu.models.generator import Generator
from kizu.models.normalization import NoNorm
from kizu.models.subpixel import SubpixelConvolution, UnshuffledConvolution

Network = TypeVar("Network", bound=nn.Module)
Layer = nn.Linear | nn.Conv2d | nn.ConvTranspose2d

# Channels of an image up to which a convolution at half its size is faster on a processor.
_MOST_CHANNELS = 4


def folded(network: Network) -> Network:
    """Return a copy that computes what ``network`` does in eval mode, but for rounding.

    A batch normalization whose statistics stand still is a scale and a shift, which the layer
    before takes into its weight and bias (Jacob et al. 2018, "Quantization and training of neural
    networks for efficient integer-arithmetic-only inference", section 3.2). Convolutions that
    halve an image, and transposed ones that double a map to one, run at half the image's size, see
    `kizu.models.subpixel`.

    Gradients reach the copy's inputs, not its weights. Its layers are not those that its ``config``
    tells of: it is neither to be trained nor to be stored.
    """
    network = copy.deepcopy(network).eval().requires_grad_(False)
    names = {module: name for name, module in network.named_modules()}
    for layer, norm in list(_neighbors(network)):
        # A conditional norm's scale differs from image to image, and is no BatchNorm2d.
        if isinstance(norm, nn.BatchNorm2d) and _takes_weight(layer):
            _take_in(layer, norm)
            network.set_submodule(names[norm], NoNorm())
    for layer, name in names.items():
        if isinstance(layer, nn.ConvTranspose2d) and _changes_size(layer, layer.out_channels):
            network.set_submodule(name, SubpixelConvolution(layer))
        elif isinstance(layer, nn.Conv2d) and _changes_size(layer, layer.in_channels):
            network.set_submodule(name, UnshuffledConvolution(layer))
    return network.requires_grad_(False)


def _neighbors(network: nn.Module) -> Iterator[tuple[nn.Module, nn.Module]]:
    """Yield modules, each with the only one that reads what it returns."""
    if isinstance(network, Generator):
        yield from network.normalized_layers
    for module in network.modules():
        if isinstance(module, nn.Sequential):
            yield from pairwise(module)


def _takes_weight(layer: nn.Module) -> TypeGuard[Layer]:
    """Whether a layer is linear, and holds its weight: one that is computed cannot be replaced."""
    return isinstance(layer, Layer) and not parametrize.is_parametrized(layer)


def _take_in(layer: Layer, norm: nn.BatchNorm2d) -> None:
    """Let ``layer`` scale and shift as ``norm`` does, in place."""
    # A linear layer's outputs are the places of a map, channel after channel.
    places = layer.out_features // norm.num_features if isinstance(layer, nn.Linear) else 1

    def spread(values: Tensor) -> Tensor:
        return values.repeat_interleave(places)

    layer.weight, layer.bias = fuse_conv_bn_weights(
        layer.weight,
        layer.bias,
        spread(norm.get_buffer("running_mean")),
        spread(norm.get_buffer("running_var")),
        norm.eps,
        spread(norm.get_parameter("weight")),
        spread(norm.get_parameter("bias")),
        transpose=isinstance(layer, nn.ConvTranspose2d),
    )


def _changes_size(layer: nn.Conv2d | nn.ConvTranspose2d, channels: int) -> bool:
    """Whether a layer halves or doubles, by a 4x4 kernel, an image of ``channels``."""
    geometry = (layer.kernel_size, layer.stride, layer.padding, layer.dilation, layer.groups)
    return channels <= _MOST_CHANNELS and geometry == ((4, 4), (2, 2), (1, 1), (1, 1), 1)
