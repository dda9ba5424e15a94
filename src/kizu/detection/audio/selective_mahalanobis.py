"""How unusual an autoencoder's residuals are, not only how large."""

from collections.abc import Iterator
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.covariance import LedoitWolf

from kizu.detection.audio.parameters import SelectiveMahalanobisParameters
from kizu.detection.audio.window_autoencoder import WindowAutoencoder
from kizu.detection.corr_max import corr_max
from kizu.detection.protocol import DetectorState
from kizu.parameters import Parameters


class SelectiveMahalanobis(WindowAutoencoder):
    """Mahalanobis distance of the residual under the closest covariance, averaged over windows.

    Harada et al. 2023, "First-shot anomaly sound detection for machine condition monitoring: A
    domain generalization baseline", equation 4. There the covariances are those of the source and
    of the target domain, which are known. Here nobody says which clips belong together: k-means
    on their mean spectra does. The covariances are shrunk (Ledoit and Wolf 2004).
    """

    _parameters_type: ClassVar[type[Parameters]] = SelectiveMahalanobisParameters
    _name = "selective_mahalanobis"
    _covariances: np.ndarray

    def fit(self, spectrograms: np.ndarray) -> Self:
        """Train the autoencoder, group the clips, and take each group's covariance.

        Raises:
            ValueError: fewer clips than groups, or as `WindowAutoencoder.fit`.
        """
        groups = self.parameters.groups
        if len(self._check_items(spectrograms)) < groups:
            raise ValueError(f"groups={groups} needs as many clips, got {len(spectrograms)}")
        super().fit(spectrograms)
        spectra = self._standardization.apply(spectrograms).mean(axis=2)
        means = KMeans(groups, n_init=10, random_state=self.parameters.training.seed)
        members = means.fit_predict(spectra)
        residuals = np.concatenate(list(self._residuals(spectrograms)))
        width = residuals.shape[2]
        self._covariances = np.stack(
            [
                LedoitWolf(assume_centered=True)
                .fit(residuals[members == group].reshape(-1, width))
                .covariance_
                for group in range(groups)
            ]
        )
        return self

    def score(self, spectrograms: np.ndarray) -> NDArray[np.float64]:
        """Return the distance to the closest group, averaged over the windows, (N,)."""
        parts = self._contributions(spectrograms)
        return np.concatenate([np.sqrt(part.sum(axis=2)).mean(axis=1) for part in parts])

    def explain(self, spectrograms: np.ndarray) -> NDArray[np.float32]:
        """Return a cell's part of the squared distances, averaged over its windows, (N, bands, T).

        The parts are those of `corr_max`.
        """
        return self._spread(self._contributions(spectrograms))

    def state(self) -> DetectorState:
        """Return what the window autoencoder stores, and the covariances."""
        state = super().state()
        return {**state, "tensors": {**state["tensors"], "covariances": self._covariances}}

    @classmethod
    def from_state(cls, state: DetectorState) -> Self:
        """Build the fitted detector again, on the device that its training names."""
        detector = super().from_state(state)
        detector._covariances = state["tensors"]["covariances"]
        return detector

    def _contributions(self, spectrograms: np.ndarray) -> Iterator[NDArray[np.float64]]:
        """Yield each value's part of its window's squared distance to the closest group."""
        self._check(spectrograms)
        whitening = [corr_max(covariance) for covariance in self._covariances]
        for residuals in self._residuals(spectrograms):
            parts = np.stack([np.square(residuals @ matrix) for matrix in whitening])
            closest = parts.sum(axis=3).argmin(axis=0)
            yield np.take_along_axis(parts, closest[np.newaxis, :, :, np.newaxis], axis=0)[0]
