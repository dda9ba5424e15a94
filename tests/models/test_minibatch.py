import numpy as np
import torch

from kizu.models.minibatch import MinibatchDeviation, MinibatchDiscrimination


def test_deviation_in_closed_form():
    torch.manual_seed(0)
    images = torch.randn(4, 3, 2, 5)
    output = MinibatchDeviation()(images)
    assert torch.equal(output[:, :3], images)
    expected = np.std(images.double().numpy(), axis=0).mean()
    np.testing.assert_allclose(output[:, 3].numpy(), expected, rtol=1e-6)


def test_deviation_of_equal_samples_is_nothing_with_a_finite_gradient():
    images = torch.randn(1, 3, 2, 2).repeat(4, 1, 1, 1).requires_grad_()
    output = MinibatchDeviation()(images)
    assert (output[:, 3] <= 1.01e-4).all()
    output.sum().backward()
    assert images.grad.isfinite().all()


def test_discrimination_against_the_equations():
    torch.manual_seed(0)
    layer = MinibatchDiscrimination(6, kernels=4, kernel_dim=3).double()
    torch.nn.init.normal_(layer.projection.weight)
    features = torch.randn(5, 6, dtype=torch.float64)
    tensor = layer.projection.weight.detach().view(4, 3, 6).permute(2, 0, 1)
    matrices = torch.einsum("na,abc->nbc", features, tensor)
    expected = torch.zeros(5, 4, dtype=torch.float64)
    for i in range(5):
        for j in range(5):
            if i != j:
                expected[i] += torch.exp(-(matrices[i] - matrices[j]).abs().sum(dim=1))
    torch.testing.assert_close(layer(features), expected, rtol=1e-6, atol=1e-7)


def test_discrimination_tells_a_collapsed_batch():
    torch.manual_seed(0)
    layer = MinibatchDiscrimination(6)
    collapsed = layer(torch.randn(1, 6).expand(4, -1))
    torch.testing.assert_close(collapsed, torch.full_like(collapsed, 3.0))
    assert (layer(100 * torch.randn(4, 6)) < 3).all()
