"""The audio detectors by name."""

from kizu.detection.audio.neighbors import AlignedNeighbors, RawNeighbors
from kizu.detection.audio.selective_mahalanobis import SelectiveMahalanobis
from kizu.detection.audio.statistics import StatisticsGaussian, StatisticsNeighbors
from kizu.detection.audio.temporal_autoencoder import TemporalReconstruction
from kizu.detection.audio.window_autoencoder import WindowAutoencoder
from kizu.detection.protocol import Kinds

AUDIO_DETECTORS: Kinds = {
    "window_autoencoder": WindowAutoencoder,
    "temporal_autoencoder": TemporalReconstruction,
    "selective_mahalanobis": SelectiveMahalanobis,
    "statistics_gaussian": StatisticsGaussian,
    "statistics_neighbors": StatisticsNeighbors,
    "aligned_neighbors": AlignedNeighbors,
    "raw_neighbors": RawNeighbors,
}
