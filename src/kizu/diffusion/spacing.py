"""Which timesteps and which sigmas a sampler visits."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray


def _uniform(start: int, steps: int) -> NDArray[np.float64]:
    return np.linspace(0, start, steps + 1)


def _quadratic(start: int, steps: int) -> NDArray[np.float64]:
    return np.linspace(0, np.sqrt(start), steps + 1) ** 2


SPACINGS: Mapping[str, Callable[[int, int], NDArray[np.float64]]] = {
    "uniform": _uniform,
    "quadratic": _quadratic,
}


def spaced_timesteps(start: int, steps: int, spacing: str = "uniform") -> list[int]:
    """Timesteps of a walk from ``start`` down to 0, the clean image, in exactly ``steps`` steps.

    The first is ``start`` whatever the number of steps: an image that begins as pure noise is
    denoised at the level of pure noise. (The common ``range(0, T, T // steps)`` begins below it,
    and takes more steps than asked for where ``steps`` does not divide T.)

    Song et al. 2021, "Denoising diffusion implicit models", appendix D.2, rounded to the nearest
    timestep and moved apart where several would meet.

    Args:
        start: the first timestep, T to begin from pure noise.
        steps: of the walk, from 1 to ``start``.
        spacing: a key of `SPACINGS`; quadratic takes small steps close to the image.

    Returns:
        ``steps + 1`` strictly falling timesteps.

    Raises:
        ValueError: an unknown spacing, or more steps than there are timesteps.
    """
    if spacing not in SPACINGS:
        raise ValueError(f"spacing={spacing!r} is not one of: {', '.join(SPACINGS)}")
    if not 1 <= steps <= start:
        raise ValueError(f"steps={steps} must be at least 1 and at most the {start} timesteps")
    # Half up, not half to even: two neighbors never round to the same timestep for that reason.
    rounded = np.floor(SPACINGS[spacing](start, steps) + 0.5).astype(int)
    apart = np.maximum(rounded, np.arange(steps + 1))
    return [int(timestep) for timestep in apart[::-1]]


def karras_sigmas(
    steps: int, sigma_min: float, sigma_max: float, rho: float = 7.0
) -> NDArray[np.float64]:
    """Sigmas that fall from ``sigma_max`` to ``sigma_min`` and end in 0.

    Karras et al. 2022, "Elucidating the design space of diffusion-based generative models",
    equation 5.

    Returns:
        (steps + 1,) strictly falling.

    Raises:
        ValueError: no step at all, or not 0 < sigma_min < sigma_max.
    """
    if steps < 1 or not 0 < sigma_min < sigma_max:
        raise ValueError(
            "karras_sigmas needs steps of at least 1 and 0 < sigma_min < sigma_max, "
            f"got steps={steps}, sigma_min={sigma_min}, sigma_max={sigma_max}"
        )
    ramp = np.linspace(0, 1, steps)
    high, low = sigma_max ** (1 / rho), sigma_min ** (1 / rho)
    return np.append((high + ramp * (low - high)) ** rho, 0.0)
