"""Parameters of the stage `classifier`."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from kizu.parameters import Parameters
from kizu.training.settings import TrainingParameters

TRANSFORMER = "vit"
"""The architecture that is built of `TransformerParameters`; all others are torchvision's."""


class TransformerParameters(Parameters):
    """Architecture of the vision transformer."""

    patch_size: int = Field(gt=0, description="Height and width of a patch, in pixels.")
    width: int = Field(gt=0, description="Dimensions of a token, and of the features.")
    depth: int = Field(gt=0, description="Encoder blocks.")
    heads: int = Field(gt=0, description="Attention heads; they divide the width.")
    mlp_ratio: float = Field(gt=0, description="Hidden width of the MLP in units of the width.")
    dropout: float = Field(ge=0, lt=1, description="Share of activations dropped.")

    @model_validator(mode="after")
    def _check_heads(self) -> Self:
        if self.width % self.heads:
            choices = [str(k) for k in range(1, self.width + 1) if self.width % k == 0]
            raise ValueError(
                f"heads is {self.heads}, which does not divide the width {self.width}; choose one "
                f"of: {', '.join(choices)}"
            )
        return self


class ModelParameters(Parameters):
    """Which network classifies, and what it has learned before."""

    architecture: str = Field(
        description="vit: the vision transformer described here; else one of torchvision's "
        "classifiers, such as vgg16, resnet18 or efficientnet_b0."
    )
    pretrained: str | None = Field(
        description="imagenet: torchvision's weights; or a file of such, or the model.safetensors "
        "of a classifier that this pipeline trained (DVC does not watch it); null: from scratch."
    )
    transformer: TransformerParameters | None = Field(
        description="Of the architecture vit; null for the others."
    )

    @model_validator(mode="after")
    def _check_transformer(self) -> Self:
        if self.architecture == TRANSFORMER and self.transformer is None:
            raise ValueError("transformer is null, but architecture is vit; describe it")
        if self.architecture != TRANSFORMER and self.transformer is not None:
            raise ValueError(
                f"transformer describes no {self.architecture}; set it to null, or architecture "
                "to vit"
            )
        return self


class OptimizerParameters(Parameters):
    """What takes the steps."""

    name: Literal["adamw", "sgd"] = Field(description="AdamW, or SGD with momentum.")
    momentum: float | None = Field(ge=0, lt=1, description="SGD's; null for AdamW.")
    weight_decay: float = Field(ge=0, description="Of matrices and kernels.")

    @model_validator(mode="after")
    def _check_momentum(self) -> Self:
        if (self.momentum is None) == (self.name == "sgd"):
            needed = "a number from 0 to below 1" if self.name == "sgd" else "null"
            raise ValueError(f"momentum must be {needed} for {self.name}, got {self.momentum}")
        return self


class LearningRates(Parameters):
    """The learning rate of each stage of the network, at its peak; 0 freezes the stage."""

    features: float = Field(ge=0, description="Of everything but the classifier.")
    classifier: float = Field(
        ge=0, description="Of the classifier's layers before the last; VGG and AlexNet have some."
    )
    head: float = Field(ge=0, description="Of the last layer.")

    @model_validator(mode="after")
    def _check_any(self) -> Self:
        if not (self.features or self.classifier or self.head):
            raise ValueError(
                "features, classifier and head are all 0: everything would be frozen; set one of "
                "them above 0"
            )
        return self


class RandAugmentParameters(Parameters):
    """A few random operations on every training image."""

    operations: int = Field(gt=0, description="Operations in a row.")
    magnitude: int = Field(ge=0, le=30, description="Their strength, 0 (hardly anything) to 30.")


class AugmentationParameters(Parameters):
    """What happens to a training image, in this order."""

    crop_scale: Annotated[list[float], Field(min_length=2, max_length=2)] | None = Field(
        description="Smallest and largest share of the area in a random resized crop; null: none."
    )
    mirror: bool = Field(description="Whether half of the images are mirrored left to right.")
    shift: int = Field(ge=0, description="Largest random shift, in pixels.")
    rand_augment: RandAugmentParameters | None = Field(description="null: none.")
    erasing: float = Field(ge=0, le=1, description="Probability of erasing a random rectangle.")

    @model_validator(mode="after")
    def _check_scale(self) -> Self:
        if self.crop_scale and not 0 < self.crop_scale[0] <= self.crop_scale[1] <= 1:
            raise ValueError(
                f"crop_scale must be two ascending shares above 0 and up to 1, "
                f"got {self.crop_scale}"
            )
        return self


class MixingParameters(Parameters):
    """Mixtures of two training images; with both kinds, each batch takes one at random."""

    mixup: float = Field(ge=0, description="Alpha of mixup's Beta distribution; 0: no mixup.")
    cutmix: float = Field(ge=0, description="Alpha of CutMix's Beta distribution; 0: no CutMix.")


class ClassifierParameters(Parameters):
    """How the classifier is built and trained."""

    model: ModelParameters
    optimizer: OptimizerParameters
    learning_rates: LearningRates
    warmup_steps: int = Field(ge=0, description="Steps to the peak; half a cosine follows.")
    label_smoothing: float = Field(
        ge=0, lt=1, description="Probability spread over all classes in the targets."
    )
    average_decay: float | None = Field(
        ge=0, lt=1, description="Decay of the moving average that is kept as the model; null: none."
    )
    patience: int | None = Field(
        gt=0,
        description="Evaluations without a lower calibration loss that end the training; the "
        "weights of the lowest are kept. null: all steps are taken, the last weights kept.",
    )
    augmentation: AugmentationParameters
    mixing: MixingParameters
    training: TrainingParameters

    @model_validator(mode="after")
    def _check_parts(self) -> Self:
        if self.warmup_steps >= self.training.steps:
            raise ValueError(
                f"warmup_steps must be below training.steps ({self.training.steps}), "
                f"got {self.warmup_steps}"
            )
        if self.patience is not None and self.training.evaluate_every is None:
            raise ValueError("patience counts evaluations; set training.evaluate_every")
        return self
