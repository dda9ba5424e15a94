"""Parameters of the stage `detect_audio`."""

from kizu.detection.audio.parameters import (
    AlignedNeighborsParameters,
    RawNeighborsParameters,
    SelectiveMahalanobisParameters,
    StatisticsGaussianParameters,
    StatisticsNeighborsParameters,
    TemporalAutoencoderParameters,
    WindowAutoencoderParameters,
)
from kizu.pipelines.detecting_parameters import DetectParameters


class DetectAudioParameters(DetectParameters):
    """Those of every such stage, and the audio detectors'; raw spectrograms are the baseline."""

    window_autoencoder: WindowAutoencoderParameters
    temporal_autoencoder: TemporalAutoencoderParameters
    selective_mahalanobis: SelectiveMahalanobisParameters
    statistics_gaussian: StatisticsGaussianParameters
    statistics_neighbors: StatisticsNeighborsParameters
    aligned_neighbors: AlignedNeighborsParameters
    raw_neighbors: RawNeighborsParameters
