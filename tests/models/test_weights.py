import copy

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from kizu.models.weights import (
    EqualizedLearningRate,
    SpectralNorm,
    equalize,
    scale_weights,
    spectral_norm,
)


def vectors(layer: nn.Module) -> tuple[torch.Tensor, torch.Tensor]:
    normalization = layer.parametrizations.weight[0]
    return normalization.u.clone(), normalization.v.clone()


def make_convolution() -> nn.Conv2d:
    torch.manual_seed(0)
    return spectral_norm(nn.Conv2d(6, 8, 3, padding=1))


@pytest.mark.parametrize(
    "layer",
    [nn.Conv2d(6, 8, 3), nn.Linear(12, 5), nn.Linear(12, 1), nn.Embedding(10, 7)],
    ids=["convolution", "linear", "one row", "embedding"],
)
def test_sigma_converges_to_the_largest_singular_value(layer):
    weight = layer.weight.detach().clone()
    spectral_norm(layer)
    for _ in range(200):
        normalized = layer.weight
    exact = torch.linalg.svdvals(weight.flatten(1).double())[0]
    torch.testing.assert_close(normalized.double(), weight.double() / exact, rtol=1e-5, atol=1e-7)
    norm = torch.linalg.matrix_norm(normalized.detach().flatten(1), ord=2)
    torch.testing.assert_close(norm, torch.tensor(1.0), rtol=1e-5, atol=0)


def test_start_is_already_close_to_the_largest_singular_value():
    layer = make_convolution().eval()
    norm = torch.linalg.matrix_norm(layer.weight.detach().flatten(1), ord=2)
    assert 1.0 <= norm < 1.1


def test_training_forward_takes_exactly_one_power_iteration():
    layer = make_convolution()
    matrix = layer.parametrizations.weight.original.detach().flatten(1)
    u, _ = vectors(layer)
    layer(torch.randn(2, 6, 5, 5))
    expected_v = F.normalize(matrix.T @ u, dim=0)
    expected_u = F.normalize(matrix @ expected_v, dim=0)
    torch.testing.assert_close(vectors(layer), (expected_u, expected_v), rtol=0, atol=0)


def test_evaluation_leaves_the_singular_vectors_alone():
    layer = make_convolution().eval()
    images = torch.randn(2, 6, 5, 5)
    before = vectors(layer)
    first, second = layer(images), layer(images)
    assert torch.equal(first, second)
    torch.testing.assert_close(vectors(layer), before, rtol=0, atol=0)


def test_singular_vectors_persist_in_the_state():
    layer = make_convolution()
    layer(torch.randn(1, 6, 5, 5))
    torch.manual_seed(1)
    other = spectral_norm(nn.Conv2d(6, 8, 3, padding=1))
    other.load_state_dict(layer.state_dict())
    assert {"parametrizations.weight.0.u", "parametrizations.weight.0.v"} <= set(layer.state_dict())
    images = torch.randn(2, 6, 5, 5)
    assert torch.equal(layer(images), other(images))


def test_a_copy_has_its_own_singular_vectors():
    layer = make_convolution()
    twin = copy.deepcopy(layer)
    before = vectors(twin)
    layer(torch.randn(2, 6, 5, 5))
    torch.testing.assert_close(vectors(twin), before, rtol=0, atol=0)
    assert not torch.equal(vectors(layer)[0], before[0])


def test_gradient_includes_that_of_sigma():
    torch.manual_seed(0)
    layer = spectral_norm(nn.Linear(4, 3, bias=False)).double().eval()
    normalization = layer.parametrizations.weight[0]
    assert torch.autograd.gradcheck(
        normalization, layer.parametrizations.weight.original.detach().clone().requires_grad_()
    )


def test_a_second_forward_before_backward_is_allowed():
    layer = make_convolution()
    images = torch.randn(2, 6, 5, 5)
    (layer(images).sum() - layer(2 * images).sum()).backward()
    assert layer.parametrizations.weight.original.grad.isfinite().all()


def test_sigma_keeps_full_precision_under_autocast():
    layer = make_convolution()
    weight = layer.parametrizations.weight.original
    plain, autocasted = copy.deepcopy(layer), copy.deepcopy(layer)
    with torch.autocast("cpu", torch.bfloat16):
        normalized = autocasted.weight
    assert normalized.dtype == weight.dtype
    torch.testing.assert_close(normalized, plain.weight, rtol=0, atol=0)


def test_power_iteration_continues_from_a_start_that_training_moved():
    normalization = SpectralNorm(torch.randn(5, 9))
    weight = torch.randn(5, 9)
    for _ in range(300):
        normalized = normalization(weight)
    norm = torch.linalg.matrix_norm(normalized, ord=2)
    torch.testing.assert_close(norm, torch.tensor(1.0), rtol=1e-5, atol=0)


def test_a_transposed_convolution_is_normalized_over_its_outputs():
    torch.manual_seed(0)
    layer = nn.ConvTranspose2d(6, 8, 3)
    weight = layer.weight.detach().clone()
    spectral_norm(layer)
    for _ in range(200):
        normalized = layer.weight
    exact = torch.linalg.svdvals(weight.transpose(0, 1).flatten(1).double())[0]
    torch.testing.assert_close(normalized.double(), weight.double() / exact, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(
    ("layer", "fan_in"),
    [
        (nn.Conv2d(200, 50, 3), 1800),
        (nn.Linear(400, 50), 400),
        (nn.ConvTranspose2d(200, 50, 3), 1800),
        (nn.Embedding(50, 400), 1),
    ],
    ids=["convolution", "linear", "transposed", "embedding"],
)
def test_equalized_weight_is_scaled_at_use_alone(layer, fan_in):
    torch.manual_seed(0)
    equalize(layer, gain=1.5)
    raw = layer.parametrizations.weight.original
    assert abs(raw.std() - 1) < 0.02
    torch.testing.assert_close(layer.weight, raw * 1.5 / fan_in**0.5)
    assert isinstance(layer.parametrizations.weight[0], EqualizedLearningRate)


def test_an_equalized_layer_keeps_the_variance():
    torch.manual_seed(0)
    layer = equalize(nn.Linear(1000, 400), gain=1.0)
    nn.init.zeros_(layer.bias)
    assert abs(layer(torch.randn(50, 1000)).var() - 1) < 0.05


@pytest.mark.parametrize("weights", ["plain", "spectral", "equalized"])
def test_every_layer_of_a_network_gets_the_chosen_weight(weights):
    network = nn.Sequential(nn.Linear(3, 4), nn.Conv2d(3, 4, 1), nn.ConvTranspose2d(3, 4, 1))
    scale_weights(network, weights)
    kinds = {"plain": None, "spectral": SpectralNorm, "equalized": EqualizedLearningRate}
    for layer in network:
        found = layer.parametrizations.weight[0] if hasattr(layer, "parametrizations") else None
        assert type(found) is (kinds[weights] or type(None))


def test_unknown_weights_are_refused():
    with pytest.raises(ValueError, match=r"weights='weight' .* plain, spectral, equalized"):
        scale_weights(nn.Linear(2, 2), "weight")
