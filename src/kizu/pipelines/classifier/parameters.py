"""Parameters of the stage `classifier`."""

from typing import Self

from pydantic import Field, model_validator

from kizu.parameters import Parameters
from kizu.training.settings import TrainingParameters


class VisionTransformerParameters(Parameters):
    """Architecture of the vision transformer."""

    patch_size: int = Field(gt=0, description="Height and width of a patch, in pixels.")
    width: int = Field(gt=0, description="Dimensions of a token, and of the features.")
    depth: int = Field(gt=0, description="Encoder blocks.")
    heads: int = Field(gt=0, description="Attention heads; they divide the width.")
    mlp_ratio: float = Field(gt=0, description="Hidden width of the MLP in units of the width.")
    dropout: float = Field(ge=0, lt=1, description="Share of activations dropped.")


class ClassifierParameters(Parameters):
    """How the classifier is built and trained."""

    model: VisionTransformerParameters
    learning_rate: float = Field(gt=0, description="AdamW's, at its peak.")
    warmup_steps: int = Field(ge=0, description="Steps to the peak; half a cosine follows.")
    weight_decay: float = Field(ge=0, description="AdamW's, of matrices and kernels.")
    label_smoothing: float = Field(
        ge=0, lt=1, description="Probability spread over all classes in the targets."
    )
    shift: int = Field(ge=0, description="Largest random shift of a training image, in pixels.")
    training: TrainingParameters

    @model_validator(mode="after")
    def _check_warmup(self) -> Self:
        if self.warmup_steps >= self.training.steps:
            raise ValueError(
                f"warmup_steps must be below training.steps ({self.training.steps}), "
                f"got {self.warmup_steps}"
            )
        return self
