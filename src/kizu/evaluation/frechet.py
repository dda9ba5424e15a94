"""Fréchet distance between two sets of features (FID)."""

import torch
from torch import Tensor

from kizu.evaluation.moments import Moments

# Relative error that is allowed in the trace of the root.
_TOLERANCE = 1e-12


def frechet_distance(reference: Moments, generated: Moments) -> float:
    """Return the squared Fréchet distance between the Gaussians with these moments.

    Heusel et al., "GANs Trained by a Two Time-Scale Update Rule Converge to a Local Nash
    Equilibrium" (2017), equation 6::

        |m1 - m2|² + Tr(S1 + S2 - 2 (S1 S2)^½)

    With ``S = L Lᵀ``, the trace of the root is the sum of the singular values of ``L1ᵀ L2``. The
    factors keep only directions in which a set varies, so a singular covariance (fewer samples
    than features, or a constant feature) is no special case: nothing is added to a diagonal, no
    imaginary part is dropped, and no digit is lost to the roots of eigenvalues that are nothing
    but rounding errors.

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
    root = _nuclear_norm(_factor(reference.covariance).T @ _factor(generated.covariance))
    # Rounding may leave -1e-15 of the spread for equal sets.
    return max(0.0, float(shift + spread - 2 * root))


def _factor(covariance: Tensor) -> Tensor:
    """Return L (D, R) with ``L Lᵀ = covariance``, R its numerical rank.

    Cholesky's factor; where a set hardly varies in some direction, that of the symmetric
    eigendecomposition without such directions, at ten times the cost.
    """
    # LAPACK's bound on the absolute error of a variance: what cannot be told from zero.
    relative = len(covariance) * torch.finfo(covariance.dtype).eps
    factor, failed = torch.linalg.cholesky_ex(covariance)
    # The smallest variance of any direction is rarely less than a D-th of the smallest pivot.
    least = covariance.diagonal().max() * relative * len(covariance)
    if not failed and factor.diagonal().square().min() > least:
        return factor
    variances, directions = torch.linalg.eigh(covariance)
    kept = variances > variances[-1].clamp(min=0) * relative
    return directions[:, kept] * variances[kept].sqrt()


def _nuclear_norm(product: Tensor) -> Tensor:
    """Return the sum of the singular values of a matrix (A, B).

    They are the roots of the eigenvalues of ``MᵀM``, which cost a quarter. But an error e of an
    eigenvalue is one of e / 2σ of its root: where the smallest would make the sum inexact, the
    singular values are computed themselves.
    """
    squares = torch.linalg.eigvalsh(product.T @ product)
    if len(squares) and squares[0] > 0:
        roots = squares.sqrt()
        error = squares[-1] * len(squares) ** 0.5 * torch.finfo(squares.dtype).eps
        if (error / (2 * roots)).sum() < _TOLERANCE * roots.sum():
            return roots.sum()
    return torch.linalg.svdvals(product).sum()
