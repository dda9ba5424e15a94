"""What is each reconstructing detector's own."""

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from kizu.detection.images.diffusion_reconstruction import DiffusionReconstruction
from kizu.detection.images.f_anogan import FAnoGan
from kizu.detection.images.parameters import (
    DiffusionReconstructionParameters,
    GaussianNoiseParameters,
)
from kizu.detection.images.variational_autoencoder import VariationalAutoencoderDetector
from kizu.diffusion.spacing import spaced_timesteps
from kizu.models.unet import UNet


def unit(images):
    return torch.from_numpy(images).float() / 127.5 - 1


def test_autoencoder_score_by_hand(fitted, unseen):
    detector = fitted("autoencoder")
    with torch.no_grad():
        images = unit(unseen)
        errors = (detector._networks["autoencoder"](images) - images).square().mean(dim=(1, 2, 3))
    np.testing.assert_allclose(detector.score(unseen), errors, rtol=1e-5)


def test_the_bound_is_the_reconstruction_and_the_divergence(fitted, unseen):
    detector = fitted("variational_autoencoder")
    own = detector.parameters.model_copy(update={"score": "reconstruction_probability"})
    other = VariationalAutoencoderDetector(own)
    other._keep(detector._networks, (1, 16, 16))
    with torch.no_grad():
        mean, log_variance = detector._networks["autoencoder"].encode(unit(unseen))
    divergence = 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).sum(dim=1)
    np.testing.assert_allclose(
        detector.score(unseen) - other.score(unseen), divergence, rtol=1e-3, atol=1e-3
    )


def test_f_anogan_score_by_hand(fitted, unseen):
    detector = fitted("f_anogan")
    networks, images = detector._networks, unit(unseen)
    with torch.no_grad():
        made = networks["generator"](networks["encoder"](images))
        pixels = (images - made).square().mean(dim=(1, 2, 3))
        features = networks["discriminator"].features
        difference = (features(images) - features(made)).square().mean(dim=1)
    expected = pixels + 0.5 * difference
    np.testing.assert_allclose(detector.score(unseen), expected, rtol=1e-5)


def test_f_anogan_inverts_a_generator_that_was_trained_elsewhere(fitted, parameters, normal):
    networks = fitted("anogan")._networks
    before = {name: value.clone() for name, value in networks["generator"].state_dict().items()}
    detector = FAnoGan(parameters["f_anogan"])
    detector.fit_encoder(normal, networks["generator"], networks["discriminator"])
    assert {key.rpartition(".")[0] for key in detector.history[-1]} == {"", "f_anogan.encoder"}
    for name, value in networks["generator"].state_dict().items():
        assert torch.equal(value, before[name])


def test_diffusion_with_either_noise(parameters, normal, unseen):
    simplex = parameters["diffusion_reconstruction"]
    gaussian = simplex.model_copy(update={"noise": GaussianNoiseParameters(kind="gaussian")})
    scores = [DiffusionReconstruction(own).fit(normal).score(unseen) for own in (simplex, gaussian)]
    assert np.isfinite(scores).all()
    assert not np.allclose(*scores)


@pytest.mark.parametrize("steps", [3, 10])
def test_diffusion_learns_the_levels_of_its_way_back(steps, parameters, normal, monkeypatch):
    seen = []

    def forward(network, images, times, labels=None):
        seen.extend(times.tolist())
        return original(network, images, times, labels)

    original = UNet.forward
    monkeypatch.setattr(UNet, "forward", forward)
    own = parameters["diffusion_reconstruction"]
    training = own.training.model_copy(update={"steps": 12})
    own = own.model_copy(update={"steps": steps, "training": training})
    DiffusionReconstruction(own).fit(normal)
    # Of 20 timesteps, from 10 down; at 0 there is nothing left to undo. A batch has four images.
    walk = [timestep * 1000 / 20 for timestep in spaced_timesteps(10, steps)[:-1]]
    assert sorted(set(np.round(seen))) == walk[::-1]


def weighted(detector, weight):
    other = DiffusionReconstruction(detector.parameters.model_copy(update={"edge_weight": weight}))
    other._keep(detector._networks, (1, 16, 16))
    return other


def test_edges_are_taken_out_of_the_error_as_far_as_they_weigh(fitted, unseen):
    detector = fitted("diffusion_reconstruction")
    squared, root, displacement = (
        weighted(detector, weight).score(unseen) for weight in (0.0, 0.5, 1.0)
    )
    images = unit(unseen).numpy()[:, 0]
    across, down = np.diff(images, axis=2), np.diff(images, axis=1)
    edges = (across**2).mean(axis=(1, 2)) + (down**2).mean(axis=(1, 2))
    np.testing.assert_allclose(squared / displacement, edges + 1e-3, rtol=1e-4)
    np.testing.assert_allclose(root, np.sqrt(squared * displacement), rtol=1e-5)


def test_an_image_without_edges_has_a_score(fitted):
    blank = np.full((1, 1, 16, 16), 90, dtype=np.uint8)
    assert np.isfinite(weighted(fitted("diffusion_reconstruction"), 1.0).score(blank)).all()


def test_less_noise_leaves_more_of_the_image(fitted, normal):
    detector = fitted("diffusion_reconstruction")
    errors = []
    for start in (2, 19):
        own = detector.parameters.model_copy(update={"start": start, "steps": 2})
        other = DiffusionReconstruction(own)
        other._keep(detector._networks, (1, 16, 16))
        errors.append(other.score(normal).mean())
    assert errors[0] < errors[1]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"start": 21}, "start is 21, but process.schedule.timesteps 20"),
        ({"start": 4, "steps": 5}, "steps is 5, but only 4 lie before start"),
        ({"noise": {"kind": "pink"}}, "'gaussian', 'simplex'"),
        ({"edge_weight": 1.5}, "less than or equal to 1"),
    ],
)
def test_impossible_walks_are_refused(parameters, change, message):
    own = parameters["diffusion_reconstruction"].model_dump()
    with pytest.raises(ValidationError, match=message):
        DiffusionReconstructionParameters(**{**own, **change})
