"""Parameters of the detectors, a group each; of those with a GAN in `gan_parameters`.

Free of torch and scikit-learn.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from kizu.diffusion.settings import ProcessParameters
from kizu.parameters import Parameters
from kizu.training.settings import TrainingParameters


class AutoencoderParameters(Parameters):
    """Convolutional autoencoder."""

    latent_dim: int = Field(gt=0, description="Dimensions of the code.")
    width: int = Field(gt=0, description="Base channels of encoder and decoder.")
    learning_rate: float = Field(gt=0, description="AdamW's at its peak.")
    weight_decay: float = Field(ge=0, description="AdamW's.")
    training: TrainingParameters


class VariationalAutoencoderParameters(AutoencoderParameters):
    """Variational autoencoder."""

    score: Literal["elbo", "reconstruction_probability"] = Field(
        description="Whether the divergence of the latent counts too."
    )
    draws: int = Field(gt=0, description="Latents drawn for an image's score.")


class GaussianNoiseParameters(Parameters):
    """White noise."""

    kind: Literal["gaussian"]


class SimplexNoiseParameters(Parameters):
    """Octaves of simplex noise, which hides whole regions."""

    kind: Literal["simplex"]
    wavelength: float = Field(gt=0, description="Pixels from crest to crest, first octave.")
    octaves: int = Field(gt=0, description="How often the wavelength is halved, the first too.")
    persistence: float = Field(gt=0, le=1, description="Amplitude of an octave by that before.")


class DiffusionReconstructionParameters(Parameters):
    """AnoDDPM: noise an image part of the way, and let a diffusion model of normals undo it."""

    width: int = Field(gt=0, description="Channels of the U-Net's first level.")
    multipliers: list[int] = Field(
        min_length=1, description="Channels of each level in units of the width; each halves."
    )
    patch_size: int = Field(gt=0, description="Pixels a side that become one.")
    groups: int = Field(gt=0, description="Groups of the normalizations; they divide the width.")
    process: ProcessParameters
    noise: Annotated[
        GaussianNoiseParameters | SimplexNoiseParameters, Field(discriminator="kind")
    ] = Field(description="Of training and scoring alike.")
    learning_rate: float = Field(gt=0, description="AdamW's at its peak.")
    average_decay: float = Field(ge=0, lt=1, description="Decay of the network's moving average.")
    start: int = Field(gt=0, description="Timestep to which an image is noised.")
    steps: int = Field(gt=0, description="Steps back from there.")
    draws: int = Field(gt=0, description="Noises drawn; every image gets the same.")
    edge_weight: float = Field(
        ge=0,
        le=1,
        description="Power of an image's mean squared gradient by which its error is divided. 0: "
        "the squared error itself; 1: the displacement of strokes that would explain it, which "
        "makes light of anomalies that are nothing but fine texture.",
    )
    training: TrainingParameters

    @model_validator(mode="after")
    def _check_walk(self) -> Self:
        timesteps = self.process.schedule.timesteps
        if self.start > timesteps:
            raise ValueError(f"start is {self.start}, but process.schedule.timesteps {timesteps}")
        if self.steps > self.start:
            raise ValueError(f"steps is {self.steps}, but only {self.start} lie before start")
        return self


class SelfSupervisedParameters(Parameters):
    """A network that learns to tell transformations of normal images apart."""

    max_shift: int = Field(
        ge=0,
        description="Pixels by which images are shifted each way before they are rotated; 0: "
        "rotations alone.",
    )
    feature_dim: int = Field(gt=0, description="Dimensions of a view's features.")
    width: int = Field(gt=0, description="Base channels of the network.")
    learning_rate: float = Field(gt=0, description="AdamW's at its peak.")
    weight_decay: float = Field(ge=0, description="AdamW's.")
    training: TrainingParameters = Field(
        description="Its batch_size counts images; each is seen in all its transformations at once."
    )


class FeatureNeighborsParameters(SelfSupervisedParameters):
    """Nearest neighbors on the network's features."""

    neighbors: int = Field(gt=0, description="Neighbors whose distance is averaged.")


class FeatureGaussianParameters(SelfSupervisedParameters):
    """Mahalanobis distance on the network's features."""


class PretrainedBackboneParameters(Parameters):
    """A network of torchvision with weights from a file."""

    architecture: str = Field(description="torchvision's name, such as resnet18.")
    weights: str = Field(description="A file of weights, or imagenet for torchvision's own.")
    layers: list[str] = Field(
        min_length=1, description="Modules whose feature maps count, such as layer2 and layer3."
    )


class PatchBankParameters(SelfSupervisedParameters):
    """PatchCore: nearest neighbors of an image's patches in a bank of normal patches."""

    pretrained: PretrainedBackboneParameters | None = Field(
        description="Takes the place of the network's own training; null: none."
    )
    neighborhood: int = Field(gt=0, description="Patches a side that are averaged into one; odd.")
    bank_size: int = Field(gt=0, description="Patches that are kept, at most.")
    projected_dim: int = Field(
        gt=0, description="Dimensions of the random projection in which they are chosen."
    )
    memory_limit_mebibytes: int = Field(
        gt=0, description="The patches of all images may take this much while fitting."
    )
    reweighting_neighbors: int = Field(
        gt=0, description="Neighbors in the bank that weigh an image's score; 1: it is not weighed."
    )
    smoothing: float = Field(
        ge=0, description="Standard deviation in pixels of the Gaussian over a heat map."
    )

    @model_validator(mode="after")
    def _check_neighborhood(self) -> Self:
        if self.neighborhood % 2 == 0:
            raise ValueError(f"neighborhood must be odd, got {self.neighborhood}")
        return self


class GradientNeighborsParameters(Parameters):
    """Nearest neighbors on histograms of oriented gradients."""

    neighbors: int = Field(gt=0, description="Neighbors whose distance is averaged.")
    orientations: int = Field(gt=1, description="Directions of a histogram, over a full turn.")
    cell: int = Field(gt=0, description="Pixels a side that share a histogram.")
    stride: int = Field(gt=0, description="Pixels from one cell to the next.")


class PixelNeighborsParameters(Parameters):
    """Nearest neighbors on raw pixels."""

    neighbors: int = Field(gt=0, description="Neighbors whose distance is averaged.")


class PixelComponentsParameters(Parameters):
    """Reconstruction of raw pixels from their principal components."""

    explained_variance: float = Field(
        gt=0, lt=1, description="Share of the variance that the components kept explain."
    )


class PixelForestParameters(Parameters):
    """Isolation forest on raw pixels."""

    trees: int = Field(gt=0, description="Trees of the forest.")
    seed: int = Field(ge=0, description="Seed of the trees.")
