"""Parameters of the stage `gan` that say which networks are built."""

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from kizu.parameters import Parameters


class ArchitectureParameters(Parameters):
    """Which networks are built; an option left at null is as its family's paper has it."""

    family: Literal["dcgan", "sngan_cnn", "sngan_resnet", "sagan", "biggan"] = Field(
        description="Architecture of both networks."
    )
    latent_dim: int = Field(gt=0, description="Dimensions of the latent space.")
    generator_width: int | None = Field(
        gt=0, description="Base channels of the generator; null: the paper's."
    )
    discriminator_width: int | None = Field(
        gt=0, description="Base channels of the discriminator; null: the paper's."
    )
    generator_options: dict[str, Any] = Field(
        default_factory=dict,
        description="Options of the family's generator, such as normalization, weights, "
        "upsampling, activation, attention_sizes, embedding_dim, hierarchical.",
    )
    discriminator_options: dict[str, Any] = Field(
        default_factory=dict,
        description="Options of the family's discriminator, such as normalization, weights, "
        "activation, attention_sizes, minibatch, head_bias, strided_stem.",
    )

    @model_validator(mode="after")
    def _leave_groups_of_their_own(self) -> Self:
        for name, group in (("conditioning", "conditioning"), ("quantization", "quantizer")):
            if name in self.discriminator_options:
                raise ValueError(
                    f"discriminator_options must not hold {name}; set gan.{group} instead"
                )
        return self


class ConditioningParameters(Parameters):
    """How the two networks are told the class."""

    kind: Literal["none", "projection", "auxiliary"] = Field(
        description="none: no classes; else the generator normalizes by class, and the "
        "discriminator projects onto the class or classifies too (AC-GAN)."
    )
    classification_weight: float = Field(
        default=1.0, gt=0, description="Weight of the auxiliary classifier's losses."
    )


class QuantizerParameters(Parameters):
    """Features of the discriminator as codes of a dictionary (FQ-GAN)."""

    blocks: list[str] = Field(
        min_length=1, description="The blocks of the discriminator to quantize after."
    )
    codes: int = Field(gt=1, description="Size of a dictionary.")
    dictionary: Literal["average", "gradient"] = Field(
        default="average", description="Whether codes follow averages of features, or a loss."
    )
    mode: Literal["replace", "commitment"] = Field(
        default="replace",
        description="Whether codes replace the features, or features are only drawn to them.",
    )
    decay: float = Field(default=0.9, ge=0, lt=1, description="Of the averages.")
    commitment_weight: float = Field(default=1.0, gt=0, description="Of the commitment loss.")
    trains_generator: bool = Field(
        default=False,
        description="Whether the generator's loss has the quantizer's too, as in the authors' "
        "code.",
    )
