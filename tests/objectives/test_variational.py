import torch
from torch.distributions import Independent, Normal, kl_divergence

from kizu.objectives.variational import gaussian_divergence, gaussian_error


def test_divergence_against_torch():
    mean, log_variance = torch.randn(2, 5, 3, generator=torch.Generator().manual_seed(0))
    posterior = Normal(mean, (0.5 * log_variance).exp())
    expected = kl_divergence(posterior, Normal(0.0, 1.0)).sum(dim=1)
    torch.testing.assert_close(gaussian_divergence(mean, log_variance), expected)


def test_error_against_torch():
    values, means = torch.randn(2, 4, 1, 3, 2, generator=torch.Generator().manual_seed(0))
    log_deviation = torch.tensor(-0.7)
    expected = -Independent(Normal(means, log_deviation.exp()), 3).log_prob(values)
    torch.testing.assert_close(gaussian_error(values, means, log_deviation), expected)
