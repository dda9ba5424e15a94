"""Mixup, CutMix and random erasing."""

import pytest
import torch
from scipy import stats

from kizu.objectives.erasing import random_erasing
from kizu.objectives.mixing import cutmix, mixup, mixup_or_cutmix


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def constant_images(count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Image i has the value i everywhere, and the label i."""
    labels = torch.arange(count)
    return labels.float()[:, None, None, None].expand(count, 2, 9, 7).contiguous(), labels


@pytest.mark.parametrize("mix", [mixup, cutmix])
def test_targets_follow_the_pixels(mix) -> None:
    images, labels = constant_images(50)
    mixed, targets = mix(images, labels, 50, 0.8, generator())

    torch.testing.assert_close(targets.sum(1), torch.ones(50))
    # The mean value of a mixture of constant images is that of its labels.
    torch.testing.assert_close(
        mixed.mean(dim=(1, 2, 3)), targets @ labels.float(), rtol=1e-4, atol=1e-4
    )
    assert ((targets > 0).sum(1) <= 2).all()


def test_mixup_shares_are_beta_distributed() -> None:
    images, labels = constant_images(4000)
    _, targets = mixup(images[:, :1, :1, :1], labels, 4000, 0.4, generator())
    own = targets[labels, labels]

    assert stats.kstest(own.numpy(), stats.beta(0.4, 0.4).cdf).pvalue > 0.01


def test_each_batch_is_mixed_one_way_or_the_other() -> None:
    images, labels = constant_images(20)
    pasted = 0
    for seed in range(40):
        mixed, targets = mixup_or_cutmix(images, labels, 20, 0.8, 1.0, generator(seed))
        torch.testing.assert_close(
            mixed.mean(dim=(1, 2, 3)), targets @ labels.float(), rtol=1e-4, atol=1e-4
        )
        # Pasting makes no new value.
        pasted += bool(torch.isin(mixed, labels.float()).all())

    assert 10 <= pasted <= 30


def test_cutmix_pastes_one_box() -> None:
    images, labels = constant_images(40)
    mixed, _ = cutmix(images, labels, 40, 1.0, generator(3))
    for image, label in zip(mixed, labels, strict=True):
        foreign = image[0] != label
        rows, columns = foreign.any(1), foreign.any(0)
        assert torch.equal(foreign, rows[:, None] & columns[None, :])
        assert rows.diff().sum() <= 2


@pytest.mark.parametrize("mix", [mixup, cutmix])
def test_the_generator_decides(mix) -> None:
    images, labels = constant_images(8)
    first, again, other = (mix(images, labels, 8, 1.0, generator(seed))[0] for seed in (1, 1, 2))

    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_erasing_takes_one_rectangle_within_its_share() -> None:
    images = torch.full((400, 3, 20, 30), 7.0)
    erased = random_erasing(images, generator(), probability=0.5)
    gone = (erased != 7).any(dim=1)
    shares = gone.float().mean(dim=(1, 2))
    touched = shares > 0

    assert 0.4 < touched.float().mean() < 0.6
    assert shares[touched].max() <= 0.36
    assert shares[touched].min() >= 0.01
    for mask in gone[touched]:
        assert torch.equal(mask, mask.any(1)[:, None] & mask.any(0)[None, :])


def test_nothing_is_erased_at_probability_zero() -> None:
    images = torch.rand(4, 1, 5, 5)

    assert torch.equal(random_erasing(images, generator(), probability=0.0), images)
