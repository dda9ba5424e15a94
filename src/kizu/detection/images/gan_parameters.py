"""Parameters of the detectors that train a GAN, a group each. Free of torch."""

from typing import Literal

from pydantic import Field

from kizu.detection.bigan_parameters import BiganParameters
from kizu.parameters import Parameters
from kizu.training.settings import TrainingParameters


class GanParameters(Parameters):
    """A generator and a discriminator that have seen normal images only."""

    family: Literal["dcgan", "sngan_cnn", "sngan_resnet"] = Field(
        description="Architecture of both networks."
    )
    latent_dim: int = Field(gt=0, description="Dimensions of the latent space.")
    generator_width: int = Field(gt=0, description="Base channels of the generator.")
    discriminator_width: int = Field(gt=0, description="Base channels of the discriminator.")
    objective: Literal["hinge", "cross_entropy"] = Field(description="The adversarial loss.")
    generator_learning_rate: float = Field(gt=0, description="Adam's, of the generator.")
    discriminator_learning_rate: float = Field(gt=0, description="Adam's, of the discriminator.")
    discriminator_steps: int = Field(gt=0, description="Discriminator updates a generator update.")
    average_decay: float = Field(
        ge=0, lt=1, description="Decay of the generator's moving average, which is what is used."
    )


class LatentSearchParameters(Parameters):
    """How the latent whose image comes closest to a given one is looked for."""

    steps: int = Field(gt=0, description="Adam steps from every starting point.")
    learning_rate: float = Field(gt=0, description="Adam's at the first step; falls to 0.")
    restarts: int = Field(gt=0, description="Starting points an image; the best end counts.")
    candidates: int = Field(
        gt=0,
        description="Random latents of which the closest become the starting points; as many as "
        "restarts: all of them, whatever the image.",
    )
    feature_weight: float = Field(
        ge=0, le=1, description="Weight of the feature loss; the residual has the rest."
    )
    batch_size: int = Field(gt=0, description="Images searched at once.")


class AnoGanParameters(Parameters):
    """AnoGAN: how far an image is from the nearest one that the generator can make."""

    gan: GanParameters
    training: TrainingParameters
    search: LatentSearchParameters


class EfficientGanParameters(BiganParameters):
    """EfficientGAN of images."""

    generator_width: int = Field(gt=0, description="Base channels of the generator.")
    encoder_width: int = Field(gt=0, description="Base channels of the encoder.")
    discriminator_width: int = Field(gt=0, description="Base channels of the image branch.")
    discriminator_hidden: int = Field(gt=0, description="Units of the joint layer.")
    normalization: Literal["spectral", "batch"] = Field(description="Of the discriminator.")
    reconstruction_weight: float = Field(
        ge=0,
        description="Weight of the error of G(E(x)) in the loss of generator and encoder; 0: the "
        "paper's, which needs very long trainings until images come back at all.",
    )


class FAnoGanParameters(Parameters):
    """f-AnoGAN: AnoGAN's networks, and an encoder trained after the fact in place of the search."""

    gan: GanParameters
    encoder_width: int = Field(gt=0, description="Base channels of the encoder.")
    encoder_learning_rate: float = Field(gt=0, description="Adam's, of the encoder.")
    feature_weight: float = Field(
        ge=0, description="Weight of the feature error beside the residual; the paper's kappa."
    )
    training: TrainingParameters = Field(description="Of the GAN, and of the encoder once more.")
