"""Parameters of the detectors, a group each. Free of torch and scikit-learn."""

from pydantic import Field

from kizu.parameters import Parameters
from kizu.training.settings import TrainingParameters


class WindowAutoencoderParameters(Parameters):
    """Reconstruction of short windows by a dense autoencoder, as in the DCASE baselines."""

    window_frames: int = Field(gt=0, description="Frames of a window; it moves by one frame.")
    widths: list[int] = Field(min_length=1, description="Units of the encoder's hidden layers.")
    latent_dim: int = Field(gt=0, description="Units of the bottleneck.")
    learning_rate: float = Field(gt=0, description="Adam's at its peak.")
    training: TrainingParameters = Field(
        description="Its batch_size counts clips; a step sees all of their windows."
    )


class SelectiveMahalanobisParameters(WindowAutoencoderParameters):
    """Mahalanobis distance of a window's residual, under the closest of several covariances."""

    groups: int = Field(
        gt=0, description="Groups of alike normal clips, each with a covariance of its own."
    )


class TemporalAutoencoderParameters(Parameters):
    """Reconstruction of whole clips by convolutions over time."""

    width: int = Field(gt=0, description="Channels of the hidden layers.")
    latent_dim: int = Field(gt=0, description="Channels of the bottleneck, a vector a few frames.")
    learning_rate: float = Field(gt=0, description="Adam's at its peak.")
    training: TrainingParameters


class StatisticsNeighborsParameters(Parameters):
    """Nearest neighbors on each band's mean and deviation over a clip."""

    neighbors: int = Field(gt=0, description="Neighbors whose distance is averaged.")
    dynamic_range: float = Field(
        gt=0, description="Decibels below a clip's peak at which it is cut off."
    )


class StatisticsGaussianParameters(Parameters):
    """Mahalanobis distance of each band's mean and deviation over a clip."""

    dynamic_range: float = Field(
        gt=0, description="Decibels below a clip's peak at which it is cut off."
    )


class AlignedNeighborsParameters(Parameters):
    """Nearest neighbors on the cepstra of a clip's active part, stretched to one length."""

    neighbors: int = Field(gt=0, description="Neighbors whose distance is averaged.")
    dynamic_range: float = Field(
        gt=0, description="Decibels below a clip's peak at which it is cut off."
    )
    active_range: float = Field(
        gt=0,
        description="Decibels below a clip's peak down to which a frame counts as active; the "
        "first and the last such frame are the ends of the active part.",
    )
    frames: int = Field(ge=2, description="Frames that the active part is stretched to.")
    cepstra: int = Field(
        gt=0, description="Cepstral coefficients a frame, from the first; the zeroth is loudness."
    )


class RawNeighborsParameters(Parameters):
    """Nearest neighbors on spectrograms as they are."""

    neighbors: int = Field(gt=0, description="Neighbors whose distance is averaged.")
