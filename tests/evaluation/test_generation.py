import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kizu.evaluation.generation import (
    generate_images,
    generate_rows,
    interpolate_latents,
    proportional_labels,
    row_count,
    sample_latents,
)
from kizu.models.gan import build_gan


def conditional_generator():
    torch.manual_seed(0)
    generator, _ = build_gan("sngan_cnn", 16, 1, class_count=3, latent_dim=8, generator_width=4)
    return generator


def test_the_seed_decides_the_latents():
    torch.testing.assert_close(sample_latents(5, 4, 1), sample_latents(5, 4, 1), rtol=0, atol=0)
    assert not torch.equal(sample_latents(5, 4, 1), sample_latents(5, 4, 2))
    latents = sample_latents(20_000, 4, 0)
    torch.testing.assert_close(latents.mean(dim=0), torch.zeros(4), atol=0.03, rtol=0)
    torch.testing.assert_close(latents.std(dim=0), torch.ones(4), atol=0.03, rtol=0)


@given(labels=st.lists(st.integers(0, 5), min_size=1, max_size=60), count=st.integers(1, 200))
def test_labels_keep_the_proportions_to_within_one_sample(labels, count):
    drawn = proportional_labels(labels, count, class_count=6)
    wanted = np.bincount(labels, minlength=6) * count / len(labels)
    assert len(drawn) == count
    assert np.all(np.abs(np.bincount(drawn, minlength=6) - wanted) < 1)


def test_as_many_labels_as_given_are_the_same_labels():
    labels = np.array([2, 0, 2, 1, 2])
    np.testing.assert_array_equal(proportional_labels(labels, 5, 4), np.sort(labels))


def test_truncated_latents_are_normal_within_their_limit():
    latents = sample_latents(400, 64, 3, truncation=0.7)
    assert latents.abs().max() <= 0.7
    # The spread of a normal distribution restricted to [-0.7, 0.7].
    assert latents.std().item() == pytest.approx(0.391, abs=0.005)
    assert torch.equal(latents, sample_latents(400, 64, 3, truncation=0.7))
    # A limit that nothing reaches is none.
    wide = sample_latents(400, 64, 3, truncation=100.0)
    assert wide.std().item() == pytest.approx(1, abs=0.02)
    with pytest.raises(ValueError, match="truncation"):
        sample_latents(4, 4, 0, truncation=0.0)


def test_paths_keep_their_ends_and_the_norm_of_the_latents():
    starts, ends = sample_latents(2 * 6, 64, 0).chunk(2)
    paths = interpolate_latents(starts, ends, 9)
    assert paths.shape == (6, 9, 64)
    torch.testing.assert_close(paths[:, 0], starts)
    torch.testing.assert_close(paths[:, -1], ends)
    norms, shorter = paths.norm(dim=2), torch.minimum(starts.norm(dim=1), ends.norm(dim=1))
    # A straight line would lose about 30% in the middle.
    assert torch.all(norms > 0.95 * shorter[:, None])


def test_paths_between_unit_vectors_turn_evenly():
    path = interpolate_latents(torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.0]]), 4)[0]
    angles = torch.linspace(0, torch.pi / 2, 4)
    torch.testing.assert_close(path, torch.stack((angles.cos(), angles.sin()), dim=1))


@pytest.mark.parametrize("factor", [2.0, -1.0])
def test_paths_between_parallel_latents_are_straight(factor):
    start = torch.tensor([[3.0, 4.0]])
    path = interpolate_latents(start, factor * start, 5)[0]
    weights = torch.linspace(1, factor, 5)[:, None]
    torch.testing.assert_close(path, weights * start, atol=1e-5, rtol=1e-5)


def test_images_are_the_rounded_levels_of_the_generator_whatever_the_batch_size():
    generator = conditional_generator().eval()
    latents, labels = sample_latents(7, 8, 0), torch.arange(7) % 3
    images = generate_images(generator, latents, labels, batch_size=7)
    assert images.dtype == np.uint8
    assert images.shape == (7, 1, 16, 16)
    with torch.no_grad():
        exact = (generator(latents, labels).numpy() + 1) * 127.5
    assert np.abs(images - exact).max() <= 0.5 + 1e-3
    in_parts = generate_images(generator, latents, labels, batch_size=3)
    assert np.abs(in_parts.astype(int) - images).max() <= 1


def test_unconditional_generators_take_no_labels():
    generator, _ = build_gan("dcgan", 16, 3, latent_dim=8, generator_width=4)
    images = generate_images(generator.eval(), sample_latents(2, 8, 0), batch_size=2)
    assert images.shape == (2, 3, 16, 16)


def test_a_row_of_a_picture_is_a_class():
    generator = conditional_generator().eval()
    latents = sample_latents(3 * 4, 8, 0).view(row_count(generator), 4, 8)
    images = generate_rows(generator, latents, batch_size=12)
    expected = generate_images(generator, latents[2], torch.full((4,), 2), batch_size=4)
    assert np.abs(images[8:].astype(int) - expected).max() <= 1


def test_names_what_is_wrong():
    latents = sample_latents(2, 8, 0)
    with pytest.raises(ValueError, match="generator must be in evaluation mode"):
        generate_images(conditional_generator().train(), latents, batch_size=2)
    with pytest.raises(ValueError, match="labels"):
        generate_images(conditional_generator().eval(), latents, batch_size=2)
    with pytest.raises(ValueError, match="count must be at least 1, got 0"):
        sample_latents(0, 8, 0)
    with pytest.raises(ValueError, match="steps must be at least 2, got 1"):
        interpolate_latents(latents, latents, 1)
    with pytest.raises(ValueError, match=r"got shapes \(2, 8\) and \(1, 8\)"):
        interpolate_latents(latents, latents[:1], 3)
    for labels in ([], [3], [-1]):
        with pytest.raises(ValueError, match=r"labels must be at least one, all in \[0, 3\)"):
            proportional_labels(labels, 5, 3)
    with pytest.raises(ValueError, match="count must be at least 1, got 0"):
        proportional_labels([1], 0, 3)
