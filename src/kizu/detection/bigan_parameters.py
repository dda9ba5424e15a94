"""Parameters that bidirectional GANs of images and of rows have in common. Free of torch."""

from typing import Literal

from pydantic import Field

from kizu.parameters import Parameters
from kizu.training.settings import TrainingParameters


class BiganParameters(Parameters):
    """EfficientGAN: a bidirectional GAN, whose encoder replaces the search of AnoGAN.

    Zenati et al. 2018, "Efficient GAN-Based Anomaly Detection". A modality adds how wide its
    networks are.
    """

    latent_dim: int = Field(gt=0, description="Dimensions of the latent space.")
    discriminator_dropout: float = Field(ge=0, lt=1, description="Share of units dropped.")
    objective: Literal["hinge", "cross_entropy"] = Field(description="The adversarial loss.")
    generator_learning_rate: float = Field(gt=0, description="Adam's, of generator and encoder.")
    discriminator_learning_rate: float = Field(gt=0, description="Adam's, of the discriminator.")
    average_decay: float = Field(
        ge=0, lt=1, description="Decay of the moving averages of generator and encoder."
    )
    discrimination: Literal["features", "cross_entropy"] = Field(
        description="What the discriminator adds to the score: the distance of joint features of "
        "item and reconstruction, or the cross entropy of the item's own logit."
    )
    discrimination_weight: float = Field(
        ge=0, le=1, description="Its weight; the reconstruction error has the rest."
    )
    training: TrainingParameters
