import pytest
import torch
from torch import nn

from kizu.models.gan import build_gan
from kizu.models.standing import standing_statistics


def inputs(generator, batches=3, size=8):
    torch.manual_seed(1)
    count = generator.class_count
    return [
        (
            torch.randn(size, generator.latent_dim),
            torch.randint(count, (size,)) if count else None,
        )
        for _ in range(batches)
    ]


def test_statistics_become_the_mean_over_the_batches():
    layer = nn.BatchNorm2d(3).eval()
    layer.running_mean.fill_(7)
    torch.manual_seed(0)
    batches = [torch.randn(5, 3, 2, 2) + index for index in range(4)]
    standing_statistics(layer, ((batch,) for batch in batches))
    means = torch.stack([batch.mean(dim=(0, 2, 3)) for batch in batches])
    variances = torch.stack([batch.var(dim=(0, 2, 3), correction=1) for batch in batches])
    torch.testing.assert_close(layer.running_mean, means.mean(dim=0))
    torch.testing.assert_close(layer.running_var, variances.mean(dim=0))


@pytest.mark.parametrize("family", ["sngan_cnn", "sagan", "biggan"])
@pytest.mark.parametrize("class_count", [0, 3])
def test_nothing_else_of_a_generator_changes(family, class_count):
    torch.manual_seed(0)
    generator, _ = build_gan(family, 16, 1, class_count, 8, 4, 4)
    generator.eval()
    before = {key: value.clone() for key, value in generator.state_dict().items()}
    standing_statistics(generator, inputs(generator))
    after = generator.state_dict()
    changed = {key for key in before if not torch.equal(before[key], after[key])}
    assert changed
    assert all("running" in key or "num_batches" in key for key in changed)
    assert not any(module.training for module in generator.modules())
    momenta = {m.momentum for m in generator.modules() if isinstance(m, nn.BatchNorm2d)}
    assert momenta == {0.1}
    assert generator.has_batch_statistics


def test_evaluation_then_agrees_with_training():
    """For one and the same large batch, up to the correction of the variance."""
    torch.manual_seed(0)
    generator, _ = build_gan("dcgan", 16, 1, 0, 8, 4)
    ((latent, _),) = batches = inputs(generator, batches=1, size=64)
    expected = generator.train()(latent)
    generator.eval()
    standing_statistics(generator, batches)
    torch.testing.assert_close(generator(latent), expected, rtol=0.02, atol=0.02)


def test_modes_are_restored_when_a_batch_fails():
    generator, _ = build_gan("sngan_cnn", 16, 1, 0, 8, 4)
    generator.eval()
    with pytest.raises(RuntimeError):
        standing_statistics(generator, [(torch.randn(2, 5), None)])
    assert not any(module.training for module in generator.modules())


def test_no_batches_are_refused():
    generator, _ = build_gan("sngan_cnn", 16, 1, 0, 8, 4)
    with pytest.raises(ValueError, match="inputs are empty"):
        standing_statistics(generator, [])


def test_a_generator_without_batch_norm_is_left_alone():
    generator, _ = build_gan("dcgan", 16, 1, 0, 8, 4, generator_options={"normalization": "pixel"})
    assert not generator.has_batch_statistics
    standing_statistics(generator, [])
