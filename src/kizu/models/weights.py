"""What a layer computes with instead of its raw weight, and the weight it starts from."""

import math
from contextlib import AbstractContextManager, nullcontext
from typing import Literal, TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils import parametrize

from kizu.models.checks import check_choice

Weights = Literal["plain", "spectral", "equalized"]
WEIGHTS = ("plain", "spectral", "equalized")

Layer = TypeVar("Layer", bound=nn.Module)


def full_precision(tensor: Tensor) -> AbstractContextManager[object]:
    """Compute in the tensors' own types where autocast would cast them to less.

    ``tensor`` tells the device; one that autocast does not know ("meta") casts nothing anyway.
    """
    device = tensor.device.type
    if torch.amp.is_autocast_available(device):
        return torch.autocast(device, enabled=False)
    return nullcontext()


class SpectralNorm(nn.Module):
    """Parametrization that divides a weight by its largest singular value.

    Miyato et al. 2018, "Spectral normalization for GANs", algorithm 1: one power iteration per
    training forward on the weight as a matrix (out, everything else), with the singular vectors
    ``u`` and ``v`` kept between forwards. In evaluation mode they stay as they are, so that the
    network is a pure function of its input. Unlike torch's parametrization, the iteration runs in
    the weight's own precision under autocast: a sigma rounded to bfloat16 is off by up to 0.4%.

    Args:
        weight: the initialized weight.
        dim: its dimension of outputs, 1 for a transposed convolution.
    """

    u: Tensor
    v: Tensor

    def __init__(self, weight: Tensor, dim: int = 0) -> None:
        super().__init__()
        self.dim = dim
        matrix = self._matrix(weight.detach())
        # A first estimate close to the true vectors: a random start would let the first
        # training steps run with a sigma that is far too small.
        u = F.normalize(torch.randn(matrix.shape[0]).to(matrix), dim=0)
        for _ in range(15):
            v = F.normalize(matrix.T @ u, dim=0)
            u = F.normalize(matrix @ v, dim=0)
        self.register_buffer("u", u)
        self.register_buffer("v", v)

    def _matrix(self, weight: Tensor) -> Tensor:
        return weight.transpose(0, self.dim).flatten(1)

    def forward(self, weight: Tensor) -> Tensor:
        """Return ``weight`` / sigma, differentiable through both."""
        matrix = self._matrix(weight)
        with full_precision(weight):
            if self.training:
                with torch.no_grad():
                    self.v.copy_(F.normalize(matrix.T @ self.u, dim=0))
                    self.u.copy_(F.normalize(matrix @ self.v, dim=0))
            # Copies, because a later forward may update the buffers before this one's backward.
            sigma = torch.dot(self.u.clone(), matrix @ self.v.clone())
            return weight / sigma


class EqualizedLearningRate(nn.Module):
    """Parametrization that multiplies a weight by He's constant at every use.

    Karras et al. 2018, "Progressive growing of GANs", section 4.1: the weight itself is drawn from
    N(0, 1), so that an optimizer which normalizes its steps moves every layer at the same pace.

    Args:
        fan_in: inputs that meet in one output.
        gain: of the activation before, the square root of 2 for a rectifier.
    """

    def __init__(self, fan_in: int, gain: float) -> None:
        super().__init__()
        self.scale = gain / math.sqrt(fan_in)

    def forward(self, weight: Tensor) -> Tensor:
        """Return the weight to compute with."""
        return weight * self.scale


def spectral_norm(layer: Layer) -> Layer:
    """Normalize ``layer.weight`` spectrally, in place; initialize the weight before."""
    weight = layer.get_parameter("weight")
    dim = 1 if isinstance(layer, nn.ConvTranspose2d) else 0
    parametrize.register_parametrization(layer, "weight", SpectralNorm(weight, dim))
    return layer


def equalize(layer: Layer, gain: float = math.sqrt(2)) -> Layer:
    """Draw ``layer.weight`` from N(0, 1) and scale it at every use, in place.

    An embedding's rows are looked up, nothing is summed: its fan-in is 1.
    """
    weight = layer.get_parameter("weight")
    nn.init.normal_(weight)
    if isinstance(layer, nn.Embedding):
        fan_in = 1
    elif isinstance(layer, nn.ConvTranspose2d):
        fan_in = weight[:, 0].numel()
    else:
        fan_in = weight[0].numel()
    parametrization = EqualizedLearningRate(fan_in, gain)
    parametrize.register_parametrization(layer, "weight", parametrization)
    return layer


def scale_weight(layer: Layer, weights: Weights, gain: float = math.sqrt(2)) -> Layer:
    """Give an initialized layer the chosen kind of weight, in place.

    Raises:
        ValueError: ``weights`` is not one of ``WEIGHTS``.
    """
    check_choice("weights", weights, WEIGHTS)
    if weights == "spectral":
        return spectral_norm(layer)
    if weights == "equalized":
        return equalize(layer, gain)
    return layer


def scale_weights(network: nn.Module, weights: Weights) -> None:
    """Give every linear layer and convolution of ``network`` the chosen kind of weight."""
    for layer in list(network.modules()):
        if isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
            scale_weight(layer, weights)
