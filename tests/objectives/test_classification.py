import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kizu.objectives.classification import classification_discriminator, classification_generator


def log_probability(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    probabilities = logits.exp() / logits.exp().sum(dim=1, keepdim=True)
    return probabilities[torch.arange(len(labels)), labels].log()


@given(seed=st.integers(0, 99), reals=st.integers(1, 6), fakes=st.integers(1, 6))
def test_the_mean_log_probability_of_the_right_class(seed, reals, fakes):
    draws = torch.Generator().manual_seed(seed)
    sides = []
    for count in (reals, fakes):
        logits = torch.randn(count, 4, generator=draws, dtype=torch.float64)
        sides.append((logits, torch.randint(4, (count,), generator=draws)))
    real, fake = sides
    expected_fake = -log_probability(*fake).mean()
    expected = expected_fake - log_probability(*real).mean()
    assert classification_discriminator(*real, *fake).item() == pytest.approx(expected.item())
    assert classification_generator(*fake).item() == pytest.approx(expected_fake.item())
