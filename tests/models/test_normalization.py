import pytest
import torch
from torch import nn

from kizu.models.normalization import (
    BatchNorm2d,
    ConditionalNorm2d,
    LinearConditionalNorm2d,
    PixelNorm,
    feature_norm,
)


def test_conditional_batch_norm_scales_and_shifts_by_class():
    torch.manual_seed(0)
    layer = feature_norm("batch", 3, class_count=4)
    nn.init.normal_(layer.gain.weight)
    nn.init.normal_(layer.shift.weight)
    images = torch.randn(5, 3, 4, 4)
    labels = torch.tensor([0, 3, 3, 1, 2])
    mean = images.mean(dim=(0, 2, 3), keepdim=True)
    variance = images.var(dim=(0, 2, 3), correction=0, keepdim=True)
    expected = (images - mean) / torch.sqrt(variance + 1e-5)
    for row, label in enumerate(labels):
        gain, shift = layer.gain.weight[label], layer.shift.weight[label]
        expected[row] = expected[row] * gain[:, None, None] + shift[:, None, None]
    torch.testing.assert_close(layer(images, labels), expected)


def test_conditional_batch_norm_starts_as_the_plain_one():
    images = torch.randn(5, 3, 4, 4)
    conditional, plain = (feature_norm("batch", 3, count) for count in (4, 0))
    assert isinstance(plain, BatchNorm2d)
    torch.testing.assert_close(
        conditional(images, torch.tensor([0, 1, 2, 3, 0])), plain(images, None)
    )


def test_pixel_norm_divides_by_the_root_mean_square():
    torch.manual_seed(0)
    images = torch.randn(2, 5, 3, 4, dtype=torch.float64)
    normalized = PixelNorm()(images)
    for sample, row, column in ((0, 0, 0), (1, 2, 3)):
        pixel = images[sample, :, row, column]
        expected = pixel / (pixel.pow(2).sum() / 5 + 1e-8).sqrt()
        torch.testing.assert_close(normalized[sample, :, row, column], expected)


def test_pixel_norm_of_nothing_is_nothing():
    images = torch.zeros(1, 3, 2, 2, requires_grad=True)
    PixelNorm()(images).sum().backward()
    assert images.grad.isfinite().all()


@pytest.mark.parametrize(("kind", "plain"), [("pixel", PixelNorm()), ("none", nn.Identity())])
def test_other_norms_take_gain_and_shift_by_class_too(kind, plain):
    torch.manual_seed(0)
    layer = feature_norm(kind, 3, class_count=4)
    assert isinstance(layer, ConditionalNorm2d)
    nn.init.normal_(layer.gain.weight)
    nn.init.normal_(layer.shift.weight)
    images, labels = torch.randn(2, 3, 4, 4), torch.tensor([3, 1])
    gain, shift = (table.weight[labels][:, :, None, None] for table in (layer.gain, layer.shift))
    torch.testing.assert_close(layer(images, labels), plain(images) * gain + shift)
    assert torch.equal(feature_norm(kind, 3, class_count=0)(images, None), plain(images))


def test_linear_conditional_norm_against_the_paper():
    torch.manual_seed(0)
    layer = LinearConditionalNorm2d(3, condition_dim=6).double().eval()
    images = torch.randn(5, 3, 4, 4, dtype=torch.float64)
    condition = torch.randn(5, 6, dtype=torch.float64)
    layer.normalization.running_mean.uniform_()
    mean, variance = layer.normalization.running_mean, layer.normalization.running_var
    normalized = (images - mean[:, None, None]) / torch.sqrt(variance + 1e-5)[:, None, None]
    gain = 1 + condition @ layer.gain.weight.T
    shift = condition @ layer.shift.weight.T
    expected = normalized * gain[:, :, None, None] + shift[:, :, None, None]
    torch.testing.assert_close(layer(images, condition), expected)


def test_unknown_normalization_is_refused():
    with pytest.raises(ValueError, match=r"normalization='layer' .* batch, pixel, none"):
        feature_norm("layer", 3, 0)
