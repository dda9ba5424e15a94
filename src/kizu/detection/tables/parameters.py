"""Parameters of the detectors, a group each. Free of torch and scikit-learn."""

from pydantic import Field

from kizu.detection.bigan_parameters import BiganParameters
from kizu.parameters import Parameters
from kizu.training.settings import TrainingParameters


class TableForestParameters(Parameters):
    """Isolation forest."""

    trees: int = Field(gt=0, description="Trees of the forest.")
    seed: int = Field(ge=0, description="Seed of the trees.")


class TableSupportVectorParameters(Parameters):
    """One-class support vector machine with a Gaussian kernel."""

    outlier_share: float = Field(
        gt=0, le=1, description="Largest share of normal rows left outside (ν)."
    )


class TableNeighborsParameters(Parameters):
    """Nearest neighbors."""

    neighbors: int = Field(gt=0, description="Neighbors whose distance is averaged.")


class TableOutlierFactorParameters(Parameters):
    """Local outlier factor."""

    neighbors: int = Field(gt=0, description="Neighbors that make up a row's surroundings.")


class TableCovarianceParameters(Parameters):
    """Mahalanobis distance under a robust covariance."""

    still_variance: float = Field(
        gt=0,
        description="Variance given to directions in which normal rows do not vary, as a multiple "
        "of the mean variance of the others.",
    )
    seed: int = Field(ge=0, description="Seed of the search for the most concentrated rows.")


class TableTailsParameters(Parameters):
    """Tail probabilities: there is nothing to choose."""


class TableAutoencoderParameters(Parameters):
    """Reconstruction by a dense autoencoder."""

    widths: list[int] = Field(min_length=1, description="Units of the encoder's hidden layers.")
    latent_dim: int = Field(gt=0, description="Units of the bottleneck.")
    learning_rate: float = Field(gt=0, description="Adam's at its peak.")
    noise: float = Field(
        ge=0,
        description="Standard deviation of the noise that training adds to a row and asks to take "
        "away, in units of each feature's own; 0 adds none.",
    )
    training: TrainingParameters


class TableEfficientGanParameters(BiganParameters):
    """EfficientGAN of rows."""

    width: int = Field(gt=0, description="Units of the networks' narrower hidden layers.")
