"""Parameters of the stage `diffusion`."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from kizu.diffusion.settings import ProcessParameters, SamplerParameters
from kizu.parameters import Parameters
from kizu.training.settings import TrainingParameters


class UNetParameters(Parameters):
    """A U-Net; see `kizu.models.unet.UNet`."""

    kind: Literal["unet"]
    width: int = Field(gt=0, description="Channels of the first level.")
    multipliers: list[int] = Field(
        min_length=1, description="Channels of each level in units of the width; each halves."
    )
    blocks_per_level: int = Field(gt=0, description="Residual blocks on the way down.")
    patch_size: int = Field(default=1, gt=0, description="Pixels a side that become one.")
    attention_sizes: list[int] = Field(description="Sizes of feature maps with attention.")
    head_width: int = Field(gt=0, description="Channels of an attention head.")
    groups: int = Field(gt=0, description="Groups of the normalizations; they divide the width.")
    dropout: float = Field(default=0.0, ge=0, lt=1, description="Share of activations dropped.")


class DiffusionTransformerParameters(Parameters):
    """A diffusion transformer; see `kizu.models.dit.DiffusionTransformer`."""

    kind: Literal["dit"]
    patch_size: int = Field(gt=0, description="Height and width of a patch, in pixels.")
    width: int = Field(gt=0, description="Dimensions of a token.")
    depth: int = Field(gt=0, description="Blocks.")
    heads: int = Field(gt=0, description="Attention heads; they divide the width.")
    mlp_ratio: float = Field(gt=0, description="Hidden width of the MLP in units of the width.")


class DiffusionEvaluationParameters(Parameters):
    """How the network is measured, besides by its samples."""

    images: int = Field(gt=0, description="Images of a split, at most; evenly spread over it.")
    bound_steps: int = Field(gt=1, description="Steps of the chain that bounds the likelihood.")
    error_levels: int = Field(gt=1, description="Noise levels in the figure of errors.")


class DiffusionParameters(Parameters):
    """How the diffusion model is built, trained, sampled and measured."""

    network: Annotated[UNetParameters | DiffusionTransformerParameters, Field(discriminator="kind")]
    conditional: bool = Field(description="Whether the network is told the class.")
    label_dropout: float = Field(
        ge=0, lt=1, description="Probability of not telling it, which guidance needs."
    )
    process: ProcessParameters
    learning_rate: float = Field(gt=0, description="AdamW's, at its peak.")
    warmup_steps: int = Field(ge=0, description="Steps to the peak; half a cosine follows.")
    weight_decay: float = Field(ge=0, description="AdamW's, of matrices and kernels.")
    average_decay: float = Field(
        ge=0, lt=1, description="Decay of the network's moving average, which samples come from."
    )
    sampler: SamplerParameters
    samples_per_class: int = Field(
        gt=0, description="Columns of the pictures of samples; a row is a class."
    )
    evaluation: DiffusionEvaluationParameters
    training: TrainingParameters

    @model_validator(mode="after")
    def _check_parts(self) -> Self:
        timesteps = self.process.schedule.timesteps
        self.sampler.check_schedule(self.process.schedule)
        self.sampler.check_labels(self.conditional, self.label_dropout)
        if self.label_dropout and not self.conditional:
            raise ValueError(
                f"label_dropout is {self.label_dropout}, but conditional is false: there are no "
                "labels to drop; set it to 0"
            )
        for name in ("bound_steps", "error_levels"):
            if (value := getattr(self.evaluation, name)) > timesteps:
                raise ValueError(
                    f"evaluation.{name} is {value}, but process.schedule.timesteps is {timesteps}; "
                    f"choose from 2 to {timesteps}"
                )
        if self.warmup_steps >= self.training.steps:
            raise ValueError(
                f"warmup_steps must be below training.steps ({self.training.steps}), "
                f"got {self.warmup_steps}"
            )
        return self
