"""Initialized layers of the residual families and of every discriminator's head."""

from typing import Literal, Protocol

from torch import nn

from kizu.models.weights import Layer, Weights, scale_weight

Initialization = Literal["xavier", "orthogonal"]


def convolution(
    in_channels: int,
    out_channels: int,
    kernel_size: int,
    gain: float = 1.0,
    *,
    bias: bool = True,
    weights: Weights = "plain",
    initialization: Initialization = "xavier",
) -> nn.Conv2d:
    """Size-preserving convolution of an odd kernel, with initialized weights and zero bias."""
    layer = nn.Conv2d(in_channels, out_channels, kernel_size, padding=kernel_size // 2, bias=bias)
    return initialize(layer, gain, weights, initialization)


def linear(
    in_features: int,
    out_features: int,
    gain: float = 1.0,
    *,
    bias: bool = True,
    weights: Weights = "plain",
    initialization: Initialization = "xavier",
) -> nn.Linear:
    """Linear layer with initialized weights and zero bias."""
    return initialize(
        nn.Linear(in_features, out_features, bias=bias), gain, weights, initialization
    )


def embedding(
    count: int,
    features: int,
    *,
    weights: Weights = "plain",
    initialization: Initialization = "xavier",
) -> nn.Embedding:
    """Table of ``count`` learned vectors."""
    return initialize(nn.Embedding(count, features), 1.0, weights, initialization)


def initialize(
    layer: Layer, gain: float, weights: Weights, initialization: Initialization
) -> Layer:
    """Draw a layer's weight, times ``gain``; zero its bias; give it the chosen kind of weight.

    Xavier uniform as in the code of SNGAN, orthogonal as in BigGAN; a weight with an equalized
    learning rate has its own start.
    """
    weight = layer.get_parameter("weight")
    if initialization == "orthogonal":
        nn.init.orthogonal_(weight, gain)
    else:
        nn.init.xavier_uniform_(weight, gain)
    if getattr(layer, "bias", None) is not None:
        nn.init.zeros_(layer.get_parameter("bias"))
    return scale_weight(layer, weights, gain)


class MakeConvolution(Protocol):
    """`convolution` with some of its keyword arguments already chosen."""

    def __call__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        gain: float = 1.0,
        *,
        bias: bool = True,
    ) -> nn.Conv2d:
        """Return a size-preserving convolution."""
        ...
