"""Parameters of the stage `gan`."""

from typing import Literal

from pydantic import Field

from kizu.parameters import Parameters
from kizu.training.settings import TrainingParameters


class AdamParameters(Parameters):
    """Adam's, of one network."""

    learning_rate: float = Field(gt=0, description="Step size.")
    beta1: float = Field(ge=0, lt=1, description="Decay of the gradient's mean.")
    beta2: float = Field(ge=0, lt=1, description="Decay of the squared gradient's mean.")


class GanParameters(Parameters):
    """How the GAN is built and trained; one step is one update of the generator."""

    family: Literal["dcgan", "sngan_cnn", "sngan_resnet"] = Field(
        description="Architecture of both networks."
    )
    conditional: bool = Field(description="Whether both networks are told the class.")
    latent_dim: int = Field(gt=0, description="Dimensions of the latent space.")
    generator_width: int = Field(gt=0, description="Base channels of the generator.")
    discriminator_width: int = Field(gt=0, description="Base channels of the discriminator.")
    objective: Literal["hinge", "cross_entropy"] = Field(description="The adversarial loss.")
    generator_optimizer: AdamParameters
    discriminator_optimizer: AdamParameters
    discriminator_steps: int = Field(
        gt=0, description="n_dis, updates of the discriminator per update of the generator."
    )
    generator_batch_multiple: int = Field(
        gt=0, description="The generator's batch in units of the discriminator's."
    )
    average_decay: float = Field(
        ge=0, lt=1, description="Decay of the generator's moving average, which samples come from."
    )
    samples_per_class: int = Field(
        gt=0, description="Columns of the picture of samples; a row is a class."
    )
    training: TrainingParameters
