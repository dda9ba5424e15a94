import hashlib

import numpy as np
import pytest
import torch
from torch import nn

from kizu.detection.images.gan_parameters import LatentSearchParameters
from kizu.detection.images.latent_search import search_latents, starting_latents
from kizu.detection.networks import frozen
from kizu.models.gan import build_gan

SEARCH = LatentSearchParameters(
    steps=8, learning_rate=0.1, restarts=3, candidates=9, feature_weight=0.1, batch_size=4
)


@pytest.fixture(params=["dcgan", "sngan_cnn"])
def networks(request):
    """Batch norm in both, and spectral norm in the second's discriminator; in training mode."""
    torch.manual_seed(0)
    generator, discriminator = build_gan(
        request.param, 16, 1, latent_dim=5, generator_width=4, discriminator_width=4
    )
    for _ in range(3):  # statistics that are not the initial ones
        discriminator(generator(torch.randn(8, 5)))
    return generator, discriminator


@pytest.fixture
def images():
    return torch.rand(6, 1, 16, 16, generator=torch.Generator().manual_seed(1)) * 2 - 1


@pytest.fixture
def candidates():
    return starting_latents(SEARCH.candidates, 5, seed=0)


def digest(module: nn.Module) -> str:
    """Hash of every weight and buffer, spectral norm's vectors and step counters among them."""
    content = hashlib.sha256()
    for name, tensor in module.state_dict().items():
        content.update(name.encode())
        content.update(tensor.numpy().tobytes())
    return content.hexdigest()


def test_only_the_latents_move(networks, images, candidates):
    generator, discriminator = networks
    next(discriminator.parameters()).requires_grad_(False)  # as it happens to be: to be kept
    discriminator.eval()
    before = [digest(network) for network in networks]
    start = candidates.clone()
    found = search_latents(generator, discriminator, images, candidates, SEARCH)
    assert [digest(network) for network in networks] == before
    assert torch.equal(candidates, start)
    assert generator.training
    assert not discriminator.training
    assert all(weight.requires_grad for weight in generator.parameters())
    assert [weight.requires_grad for weight in discriminator.parameters()].count(False) == 1
    assert all(weight.grad is None for network in networks for weight in network.parameters())
    assert not found.latent.requires_grad


def test_networks_are_restored_after_an_error(networks, candidates):
    generator, discriminator = networks
    with pytest.raises(RuntimeError):
        search_latents(generator, discriminator, torch.zeros(2, 3, 16, 16), candidates, SEARCH)
    assert generator.training
    assert discriminator.training
    assert all(weight.requires_grad for weight in discriminator.parameters())


def test_frozen_stops_batch_statistics_and_power_iteration(networks, images):
    generator, discriminator = networks
    before = [digest(network) for network in networks]
    with frozen(generator, discriminator):
        discriminator(generator(torch.randn(3, 5)))
        discriminator(images)
    assert [digest(network) for network in networks] == before
    discriminator(generator(torch.randn(3, 5)))
    assert [digest(network) for network in networks] != before


def test_an_image_alone_in_a_batch_and_in_another_order(networks, images, candidates):
    together = search_latents(*networks, images, candidates, SEARCH)
    order = torch.tensor([4, 0, 5, 1, 3, 2])
    permuted = search_latents(*networks, images[order], candidates, SEARCH)
    torch.testing.assert_close(permuted.loss, together.loss[order], rtol=1e-5, atol=0)
    torch.testing.assert_close(permuted.latent, together.latent[order], rtol=1e-4, atol=1e-5)
    for row in range(len(images)):
        alone = search_latents(*networks, images[[row]], candidates, SEARCH)
        torch.testing.assert_close(alone.loss, together.loss[[row]], rtol=1e-5, atol=0)


def test_loss_is_the_papers(networks, images, candidates):
    """0.9 of the L1 distance of pixels plus 0.1 of that of features, summed over one image."""
    generator, discriminator = networks
    found = search_latents(generator, discriminator, images, candidates, SEARCH)
    generator.eval()
    discriminator.eval()
    for row in range(len(images)):
        generated = generator(found.latent[[row]])
        torch.testing.assert_close(generated, found.reconstruction[[row]])
        residual = (images[row] - generated[0]).abs().sum()
        features = discriminator.features(images[[row]]) - discriminator.features(generated)
        expected = 0.9 * residual + 0.1 * features.abs().sum()
        torch.testing.assert_close(found.loss[row], expected, rtol=1e-5, atol=1e-5)


def test_matches_a_search_written_out_for_one_image(networks, images, candidates):
    generator, discriminator = networks
    found = search_latents(generator, discriminator, images, candidates, SEARCH)
    generator.eval()
    discriminator.eval()
    for row in (0, 3):
        image = images[[row]]
        distances = [(generator(z[None]) - image).abs().sum().item() for z in candidates]
        ends = []
        for start in np.argsort(distances)[: SEARCH.restarts]:
            latent = candidates[[start]].clone().requires_grad_()
            optimizer = torch.optim.Adam([latent], lr=1.0)
            for step in range(SEARCH.steps):
                optimizer.param_groups[0]["lr"] = 0.1 * (1 - step / SEARCH.steps)
                optimizer.zero_grad()
                loss(generator, discriminator, image, latent).backward()
                optimizer.step()
            ends.append(loss(generator, discriminator, image, latent).item())
        assert found.loss[row].item() == pytest.approx(min(ends), rel=1e-4)


def loss(generator, discriminator, image, latent):
    generated = generator(latent)
    features = discriminator.features(image) - discriminator.features(generated)
    return 0.9 * (image - generated).abs().sum() + 0.1 * features.abs().sum()


def test_searching_finds_an_image_that_the_generator_made(networks):
    """The generator is far from trained, but what it makes it must find again."""
    generator, discriminator = networks
    generator.eval()
    with torch.no_grad():
        images = generator(starting_latents(4, 5, seed=3))
    candidates = starting_latents(64, 5, seed=0)
    unmoved = SEARCH.model_copy(update={"learning_rate": 1e-12, "steps": 1})
    start = search_latents(generator, discriminator, images, candidates, unmoved)
    longer = SEARCH.model_copy(update={"steps": 100})
    found = search_latents(generator, discriminator, images, candidates, longer)
    assert (found.loss < 0.3 * start.loss).all()


def test_more_restarts_never_end_worse(networks, images, candidates):
    one = search_latents(*networks, images, candidates, SEARCH.model_copy(update={"restarts": 1}))
    three = search_latents(*networks, images, candidates, SEARCH)
    assert (three.loss <= one.loss * (1 + 1e-5)).all()


def test_too_few_candidates(networks, images, candidates):
    with pytest.raises(ValueError, match="restarts=3 needs as many candidates, got 2"):
        search_latents(*networks, images, candidates[:2], SEARCH)
