import copy

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from kizu.models.weights import (
    SpectralNorm,
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
