"""Parameters of the stage `gan`."""

from typing import Literal, Self

from pydantic import Field, model_validator

from kizu.parameters import Parameters
from kizu.pipelines.gan.network_parameters import (
    ArchitectureParameters,
    ConditioningParameters,
    QuantizerParameters,
)
from kizu.training.settings import TrainingParameters

# The losses whose real label can be another number than 1.
SMOOTHABLE = ("cross_entropy", "saturating", "least_squares")


class ObjectiveParameters(Parameters):
    """The game that the two networks play."""

    loss: Literal[
        "hinge",
        "cross_entropy",
        "saturating",
        "least_squares",
        "wasserstein",
        "relativistic",
        "relativistic_average",
    ] = Field(description="The adversarial loss; cross_entropy is the non-saturating one.")
    real_target: float = Field(
        default=1.0, gt=0, le=1, description="Label of real images; below 1 (0.9) it is smoothed."
    )

    @model_validator(mode="after")
    def _smooth_a_label_that_exists(self) -> Self:
        if self.real_target != 1 and self.loss not in SMOOTHABLE:
            raise ValueError(
                f"real_target={self.real_target} needs a loss with a label for real images, not "
                f"loss={self.loss!r}; choose one of: {', '.join(SMOOTHABLE)}"
            )
        return self


class ConsistencyParameters(Parameters):
    """Equal logits for a real image and its augmented self (CR-GAN)."""

    weight: float = Field(gt=0, description="Of the squared difference; 10 in the paper.")
    shift: int = Field(ge=0, description="Largest shift in pixels.")
    mirror: bool = Field(description="Whether half of the images are mirrored.")

    @model_validator(mode="after")
    def _change_something(self) -> Self:
        if not self.shift and not self.mirror:
            raise ValueError("shift=0 and mirror=false leave images as they are; set one of them")
        return self


class RegularizerParameters(Parameters):
    """Weights of further terms of the losses; 0 leaves a term out."""

    gradient_penalty: float = Field(
        default=0.0, ge=0, description="Norm of D's gradient between reals and fakes (WGAN-GP: 10)."
    )
    r1: float = Field(default=0.0, ge=0, description="Gamma of D's gradient at real images.")
    consistency: ConsistencyParameters | None = Field(
        default=None, description="Consistency regularization of D; null: none."
    )
    mode_seeking: float = Field(
        default=0.0, ge=0, description="Images of two latents of a class should differ (MSGAN: 1)."
    )
    generator_orthogonal: float = Field(
        default=0.0, ge=0, description="Overlap of G's filters (BigGAN: 1e-4)."
    )
    discriminator_orthogonal: float = Field(
        default=0.0, ge=0, description="Overlap of D's filters."
    )


class AdaptiveParameters(Parameters):
    """A probability of augmentation that follows D's overfitting (ADA)."""

    target: float = Field(
        default=0.6, gt=-1, lt=1, description="Wanted mean sign of real images' logits."
    )
    interval: int = Field(default=4, gt=0, description="Updates of D between two changes.")
    ramp_images: int = Field(
        default=500_000, gt=0, description="Real images in which the probability can rise to 1."
    )


class InstanceNoiseParameters(Parameters):
    """Noise on all images that D sees, less with every step."""

    deviation: float = Field(gt=0, description="Standard deviation at the start.")
    decay_steps: int = Field(gt=0, description="Steps after which there is none.")


class AugmentationParameters(Parameters):
    """What D sees in place of the images themselves."""

    operations: list[Literal["color", "translation", "cutout"]] = Field(
        default_factory=list, description="Differentiable augmentation, in order; none: []."
    )
    adaptive: AdaptiveParameters | None = Field(
        default=None, description="How often each operation is applied; null: always."
    )
    instance_noise: InstanceNoiseParameters | None = Field(default=None)
    dequantize: bool = Field(
        default=False, description="Spread the 256 levels of real images by uniform noise."
    )

    @model_validator(mode="after")
    def _adapt_something(self) -> Self:
        if self.adaptive and not self.operations:
            raise ValueError(
                "adaptive needs operations to apply; choose some of: color, translation, cutout"
            )
        if len(set(self.operations)) < len(self.operations):
            raise ValueError(f"operations={self.operations} names one twice")
        return self


class AdamParameters(Parameters):
    """Adam's, of one network."""

    learning_rate: float = Field(gt=0, description="Step size.")
    beta1: float = Field(ge=0, lt=1, description="Decay of the gradient's mean.")
    beta2: float = Field(ge=0, lt=1, description="Decay of the squared gradient's mean.")
    decay_start: int | None = Field(
        default=None,
        ge=0,
        description="Step from which the rate falls linearly to 0 at the end; null: it stays.",
    )


class OptimizerParameters(Parameters):
    """Of the two networks."""

    generator: AdamParameters
    discriminator: AdamParameters


class ScheduleParameters(Parameters):
    """How often, and on how much, each network learns; and what is averaged."""

    discriminator_steps: int = Field(
        gt=0, description="n_dis, updates of the discriminator per update of the generator."
    )
    generator_batch_multiple: int = Field(
        gt=0, description="The generator's batch in units of the discriminator's."
    )
    average_decay: float = Field(
        ge=0, lt=1, description="Decay of the generator's moving average, which samples come from."
    )
    standing_batches: int = Field(
        default=0,
        ge=0,
        description="Batches from which the average's batch statistics are measured anew at the "
        "end; 0: they are the generator's running ones.",
    )


class GanParameters(Parameters):
    """How the GAN is built and trained; one step is one update of the generator."""

    architecture: ArchitectureParameters
    conditioning: ConditioningParameters
    quantizer: QuantizerParameters | None = Field(default=None, description="null: none.")
    objective: ObjectiveParameters
    regularizers: RegularizerParameters = RegularizerParameters()
    augmentation: AugmentationParameters = AugmentationParameters()
    optimizers: OptimizerParameters
    schedules: ScheduleParameters
    samples_per_class: int = Field(
        gt=0, description="Columns of the picture of samples; a row is a class."
    )
    training: TrainingParameters

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        multiple = self.schedules.generator_batch_multiple
        if self.objective.loss == "relativistic" and multiple != 1:
            raise ValueError(
                "objective.loss='relativistic' compares pairs of a real and a generated image, but "
                f"schedules.generator_batch_multiple={multiple} makes their batches differ; set it "
                "to 1, or objective.loss to 'relativistic_average'"
            )
        count = multiple * self.training.batch_size
        if self.regularizers.mode_seeking and count % 2:
            raise ValueError(
                "regularizers.mode_seeking pairs the generator's images, but its batch has "
                f"{count}; make training.batch_size or schedules.generator_batch_multiple even"
            )
        for name in ("generator", "discriminator"):
            start = getattr(self.optimizers, name).decay_start
            if start is not None and start >= self.training.steps:
                raise ValueError(
                    f"optimizers.{name}.decay_start={start} must be below "
                    f"training.steps={self.training.steps}"
                )
        return self
