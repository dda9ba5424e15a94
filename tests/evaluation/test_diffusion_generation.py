import numpy as np
import pytest
import torch

from kizu.diffusion.building import build_process
from kizu.diffusion.settings import ProcessParameters, SamplerParameters
from kizu.evaluation.diffusion_generation import DiffusionGenerator, unpack_diffusion
from kizu.evaluation.generation import generate_images, generate_rows, row_count, sample_latents
from kizu.models.dit import DiffusionTransformer
from kizu.models.serialization import pack

FORMULATIONS = {
    "variance_preserving": {"prediction": "velocity", "weighting": "simple"},
    "preconditioned": {},
}
SAMPLERS = [
    {"name": "ddpm", "steps": 4},
    {"name": "ddim", "steps": 4, "eta": 0.5, "spacing": "quadratic"},
    {"name": "ddim", "steps": 4, "guidance_scale": 2.0},
    {"name": "heun", "steps": 4, "churn": 5.0, "spacing": "karras"},
    {"name": "dpm_solver", "steps": 4, "clip": False},
]


def process(kind="variance_preserving"):
    return ProcessParameters(
        schedule={"name": "cosine", "timesteps": 20},
        formulation={"kind": kind, **FORMULATIONS[kind]},
    )


def network(class_count=3):
    torch.manual_seed(0)
    transformer = DiffusionTransformer(
        8, 1, class_count, patch_size=4, width=8, depth=1, heads=2
    ).eval()
    with torch.no_grad():
        for parameter in transformer.parameters():
            parameter += 0.1 * torch.randn(parameter.shape)
    return transformer


def generator(sampler, class_count=3, kind="variance_preserving"):
    formulation, schedule = build_process(process(kind))
    return DiffusionGenerator(
        network(class_count), formulation, schedule, SamplerParameters(**sampler)
    )


@pytest.mark.parametrize("kind", FORMULATIONS)
@pytest.mark.parametrize("sampler", SAMPLERS, ids=lambda sampler: sampler["name"])
def test_images_are_a_function_of_latents_and_labels(sampler, kind):
    model = generator(sampler, kind=kind)
    assert model.latent_dim == 64
    latents, labels = sample_latents(6, 64, 0), torch.arange(6) % 3
    images = generate_images(model, latents, labels, batch_size=6)
    assert images.shape == (6, 1, 8, 8)
    assert images.dtype == np.uint8
    torch.manual_seed(7)
    again = generate_images(generator(sampler, kind=kind), latents, labels, batch_size=6)
    assert np.array_equal(images, again)
    others = generate_images(model, latents, labels.flip(0), batch_size=6)
    assert not np.array_equal(images, others)


def test_a_deterministic_sampler_does_not_couple_a_batch():
    model = generator({"name": "dpm_solver", "steps": 4})
    latents, labels = sample_latents(5, 64, 0), torch.arange(5) % 3
    whole = generate_images(model, latents, labels, batch_size=5)
    parts = generate_images(model, latents, labels, batch_size=2)
    assert np.abs(whole.astype(int) - parts).max() <= 1


def test_a_row_of_a_picture_is_a_class():
    model = generator({"name": "ddim", "steps": 3})
    latents = sample_latents(6, 64, 0).view(row_count(model), 2, 64)
    rows = generate_rows(model, latents, batch_size=6)
    expected = generate_images(model, latents[1], torch.tensor([1, 1]), batch_size=2)
    assert np.abs(rows[2:4].astype(int) - expected).max() <= 1
    plain = generator({"name": "ddim", "steps": 3}, class_count=0)
    assert row_count(plain) == 10
    assert generate_images(plain, latents[0], batch_size=2).shape == (2, 1, 8, 8)


def test_a_packed_model_draws_the_same_images():
    sampler = {"name": "dpm_solver", "steps": 5, "guidance_scale": 1.5}
    packed = pack(network_average=network())
    packed["config"]["process"] = process().model_dump()
    model = unpack_diffusion(packed, SamplerParameters(**sampler))
    latents, labels = sample_latents(3, 64, 0), torch.arange(3)
    torch.testing.assert_close(model(latents, labels), generator(sampler)(latents, labels))


def test_names_what_is_wrong():
    guided = generator({"name": "ddim", "steps": 3, "guidance_scale": 2.0}, class_count=0)
    with pytest.raises(ValueError, match=r"guidance_scale=2.0 needs labels, got labels=None"):
        guided(sample_latents(2, 64, 0))
    with pytest.raises(ValueError, match=r"steps=21 must be .* at most the 20"):
        generator({"name": "ddim", "steps": 21})
