"""Each variable's part of a Mahalanobis distance."""

import numpy as np
from numpy.typing import NDArray


def corr_max(covariance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the matrix W for which ``(x - mean) @ W`` is white and closest to the variables.

    The squares of those values are non-negative and sum to the squared Mahalanobis distance, so
    that each is its variable's part. Garthwaite and Koch 2016, "Evaluating the contributions of
    individual variables to a quadratic form", section 3: of all ways to whiten, each new variable
    has the largest correlation with its own old one.

    Args:
        covariance: (F, F), positive definite.
    """
    deviations = np.sqrt(np.diag(covariance))
    values, axes = np.linalg.eigh(covariance / np.outer(deviations, deviations))
    whitening: NDArray[np.float64] = (axes / np.sqrt(values)) @ axes.T
    return whitening / deviations[:, np.newaxis]
