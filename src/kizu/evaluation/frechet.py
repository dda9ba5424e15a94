"""Fréchet distance between two sets of features (FID)."""

import torch
from torch import Tensor

from kizu.evaluation.moments import Moments


def frechet_distance(reference: Moments, generated: Moments) -> float:
    """Return the squared Fréchet distance between the Gaussians with these moments.

    Heusel et al., "GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash
    Equilibrium" (2017), equation 6::

        |m1 - m2|² + Tr(S1 + S2 - 2 (S1 S2)^½)

    With ``S = L Lᵀ``, the trace of the root is the sum of the singular values of ``L1ᵀ L2``. The
    factors come from a symmetric eigendecomposition and keep only directions in which a set
    varies, so a singular covariance (fewer samples than features, or a constant feature) is no
    special case: nothing is added to a diagonal, no imaginary part is dropped, and the singular
    values of a product of factors carry rounding errors of order 1e-16 where eigenvalues of
    ``S1 S2`` would have to be rooted and carry 1e-8.

    The estimate is biased upwards for few samples, and strongly so when N is not much larger
    than D: compare only distances of equal sample counts.

    Args:
        reference: moments of real features.
        generated: moments of generated features.

    Returns:
        The distance, at least 0; 0 for equal moments.

    Raises:
        ValueError: the widths differ, or a moment is not finite.
    """
    for name, moments in (("reference", reference), ("generated", generated)):
        if not (moments.mean.isfinite().all() and moments.covariance.isfinite().all()):
            raise ValueError(f"{name} holds NaN or infinity in its moments")
    if reference.mean.shape != generated.mean.shape:
        raise ValueError(
            "reference and generated must have features of one width, "
            f"got {len(reference.mean)} and {len(generated.mean)}"
        )
    shift = (reference.mean - generated.mean).square().sum()
    spread = reference.covariance.trace() + generated.covariance.trace()
    product = _factor(reference.covariance).T @ _factor(generated.covariance)
    root = torch.linalg.svdvals(product).sum()
    # Rounding may leave -1e-15 of the spread for equal sets.
    return max(0.0, float(shift + spread - 2 * root))


def _factor(covariance: Tensor) -> Tensor:
    """Return L (D, R) with ``L Lᵀ = covariance``, R its numerical rank."""
    variances, directions = torch.linalg.eigh(covariance)
    # What eigh cannot tell from zero; LAPACK's bound on its absolute error.
    noise = variances[-1].clamp(min=0) * len(variances) * torch.finfo(variances.dtype).eps
    kept = variances > noise
    return directions[:, kept] * variances[kept].sqrt()
