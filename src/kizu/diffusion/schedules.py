"""Noise schedules: the levels of the diffusion process at its timesteps 1 to T."""

from collections.abc import Callable, Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from kizu.diffusion.levels import NoiseLevel, clean_level, variance_preserving
from kizu.diffusion.spacing import karras_sigmas, spaced_timesteps

# Nichol and Dhariwal 2021, section 3.2: no single step may destroy everything, which the cosine
# would do at T (its signal there is zero, and a noise prediction says nothing about the image).
_LARGEST_BETA = 0.999


class NoiseSchedule:
    """A variance preserving process, seen at timesteps and at sigmas.

    Timestep 0 is the clean image and T the noisiest, so a walk of S steps has S + 1 stops.

    Attributes:
        alpha_bar: (T + 1,) float64, the squared signal at every timestep; 1 at 0.
        timesteps: T.
    """

    def __init__(self, alpha_bar: Tensor) -> None:
        """Take the squared signals of timesteps 0 to T.

        Raises:
            ValueError: they do not fall strictly from 1 to above 0.
        """
        if (
            len(alpha_bar) < 2
            or alpha_bar[0] != 1
            or alpha_bar[-1] <= 0
            or not bool((alpha_bar.diff() < 0).all())
        ):
            raise ValueError("alpha_bar must start at 1 and fall strictly, staying above 0")
        self.alpha_bar = alpha_bar.double()
        self.timesteps = len(alpha_bar) - 1
        self._tables: dict[tuple[torch.device, torch.dtype], tuple[Tensor, Tensor]] = {}

    @property
    def betas(self) -> Tensor:
        """(T,) variance that each step adds (Ho et al. 2020, equation 2)."""
        return 1 - self.alpha_bar[1:] / self.alpha_bar[:-1]

    @property
    def rates(self) -> Tensor:
        """(T,) β of the SDE ``dx = -β/2·x dt + √β dW`` within each step of unit length.

        Song et al. 2021, "Score-based generative modeling through SDEs", equation 11; constant
        within a step, and exact at the timesteps: ``signal² = exp(-∫β dt)``.
        """
        return -(self.alpha_bar[1:] / self.alpha_bar[:-1]).log()

    def level(self, timestep: int) -> NoiseLevel:
        """The level at one timestep in [0, T], 0-d float64."""
        if not 0 <= timestep <= self.timesteps:
            raise ValueError(f"timestep={timestep} must be in [0, {self.timesteps}]")
        power = self.alpha_bar[timestep]
        return NoiseLevel(power.sqrt(), (1 - power).sqrt())

    def levels(self, timesteps: Tensor) -> NoiseLevel:
        """Levels (N, 1, 1, 1) float32 at int64 timesteps (N,), on their device."""
        power, _ = self._table(timesteps.device, torch.float32)
        chosen = power[timesteps].view(-1, 1, 1, 1)
        return NoiseLevel(chosen.sqrt(), (1 - chosen).sqrt())

    def time(self, sigma: Tensor) -> Tensor:
        """Timesteps of sigmas, of any shape: the inverse of the levels, and between them.

        Linear in log sigma between two timesteps; beyond the first and the last it stays there.
        """
        _, log_sigmas = self._table(sigma.device, sigma.dtype)
        wanted = sigma.log()
        # contiguous: searchsorted warns about, and copies, what is not.
        above = torch.searchsorted(log_sigmas, wanted.contiguous())
        above = above.clamp(1, max(self.timesteps - 1, 1))
        below = log_sigmas[above - 1]
        width = log_sigmas[above.clamp(max=self.timesteps - 1)] - below
        fraction = torch.where(width > 0, (wanted - below) / width, 0.0)
        return (above + fraction).clamp(1, self.timesteps)

    def walk(
        self, steps: int, spacing: str = "uniform", start: int | None = None
    ) -> list[NoiseLevel]:
        """Levels that a sampler visits, from timestep ``start`` (T if not given) to the image.

        Returns:
            ``steps + 1`` levels; see `spaced_timesteps`.

        Raises:
            ValueError: ``start`` is no timestep, or ``steps`` is not in [1, start].
        """
        start = self.timesteps if start is None else start
        if not 1 <= start <= self.timesteps:
            raise ValueError(f"start={start} must be in [1, {self.timesteps}]")
        return [self.level(timestep) for timestep in spaced_timesteps(start, steps, spacing)]

    def karras_walk(self, steps: int, rho: float = 7.0) -> list[NoiseLevel]:
        """Levels at sigmas spaced as EDM does, between the schedule's own first and last.

        Returns:
            ``steps + 1`` levels; see `karras_sigmas`.
        """
        first, last = (float(self.level(t).sigma) for t in (1, self.timesteps))
        sigmas = torch.from_numpy(karras_sigmas(steps, first, last, rho))
        return [*(variance_preserving(sigma) for sigma in sigmas[:-1]), clean_level()]

    def _table(self, device: torch.device, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
        """alpha_bar (T + 1,) and log sigma (T,) there; copied once, so a CUDA graph never waits."""
        key = (device, dtype)
        if key not in self._tables:
            log_sigmas = (1 / self.alpha_bar[1:] - 1).log() / 2
            # Converted on the host: not every device has float64.
            self._tables[key] = (
                self.alpha_bar.to(dtype).to(device),
                log_sigmas.to(dtype).to(device),
            )
        return self._tables[key]


def _linear(timesteps: int) -> NDArray[np.float64]:
    """Ho et al. 2020, section 4: betas from 1e-4 to 0.02 at T = 1000."""
    return np.linspace(1e-4, 0.02, timesteps) * (1000 / timesteps)


def _scaled_linear(timesteps: int) -> NDArray[np.float64]:
    """Rombach et al. 2022, in their code: linear in the root of beta."""
    return np.linspace(0.00085**0.5, 0.012**0.5, timesteps) ** 2 * (1000 / timesteps)


def _cosine(timesteps: int) -> NDArray[np.float64]:
    """Nichol and Dhariwal 2021, "Improved denoising diffusion", equation 17."""
    time = np.linspace(0, 1, timesteps + 1)
    return _betas(np.cos((time + 0.008) / 1.008 * np.pi / 2) ** 2)


def _sigmoid(timesteps: int) -> NDArray[np.float64]:
    """Jabri et al. 2023, "Scalable adaptive computation": start -3, end 3, tau 1."""
    curve = 1 / (1 + np.exp(np.linspace(-3, 3, timesteps + 1)))
    return _betas(curve - curve[-1])


def _betas(power: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1 - power[1:] / power[:-1]


SCHEDULES: Mapping[str, Callable[[int], NDArray[np.float64]]] = {
    "linear": _linear,
    "scaled_linear": _scaled_linear,
    "cosine": _cosine,
    "sigmoid": _sigmoid,
}


def build_schedule(name: str, timesteps: int) -> NoiseSchedule:
    """Build a schedule of T timesteps.

    Betas are those of the papers at T = 1000, and scale with 1000 / T elsewhere, so that the last
    level is about as noisy whatever T is; none exceeds 0.999.

    Args:
        name: a key of `SCHEDULES`.
        timesteps: T, at least 1.

    Raises:
        ValueError: an unknown name, or no timesteps.
    """
    if name not in SCHEDULES:
        raise ValueError(f"schedule={name!r} is not one of: {', '.join(SCHEDULES)}")
    if timesteps < 1:
        raise ValueError(f"timesteps={timesteps} must be at least 1")
    betas = np.minimum(SCHEDULES[name](timesteps), _LARGEST_BETA)
    return NoiseSchedule(torch.from_numpy(np.cumprod(np.concatenate(([1.0], 1 - betas)))))
