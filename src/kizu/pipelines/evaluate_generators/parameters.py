"""Parameters of the stage `evaluate_generators`."""

from collections import Counter
from typing import Literal, Self

from pydantic import Field, model_validator

from kizu.diffusion.settings import SamplingMethodParameters
from kizu.evaluation.settings import FidelityParameters
from kizu.parameters import Parameters
from kizu.training.settings import Device


class ComparedMethodParameters(SamplingMethodParameters):
    """A method of sampling, and what the comparison calls it."""

    label: str = Field(pattern=r"^[^.]+$", description="Its name in tables and figures.")


class SamplerComparisonParameters(Parameters):
    """Which ways of sampling the diffusion model are compared; guidance and clipping are its own.

    Every method takes every number of steps, from the same noise.
    """

    sample_count: int = Field(gt=1, description="Samples by each.")
    steps: list[int] = Field(min_length=1, description="Numbers of steps.")
    methods: list[ComparedMethodParameters] = Field(min_length=1, description="Methods.")

    @model_validator(mode="after")
    def _check_unique(self) -> Self:
        labels = [method.label for method in self.methods]
        for name, values in (
            ("steps", Counter(map(str, self.steps))),
            ("the labels of methods", Counter(labels)),
        ):
            if twice := [value for value, times in values.items() if times > 1]:
                raise ValueError(f"{name} must differ; there more than once: {', '.join(twice)}")
        return self


class EvaluateGeneratorsParameters(Parameters):
    """How many samples a generator is judged by, and how."""

    sample_count: int = Field(
        gt=1,
        description="Samples to generate. Up to the size of the smaller real split, the baselines "
        "have as many.",
    )
    batch_size: int = Field(default=256, gt=0, description="Images in a batch.")
    seed: int = Field(default=0, ge=0, description="Seed of the latents.")
    device: Device = Field(default="auto", description="auto: CUDA, else MPS, else the CPU.")
    features: Literal["classifier", "inception"] = Field(
        default="classifier",
        description="What sees the images: this pipeline's classifier, or Inception, whose "
        "features mean something for photographs alone.",
    )
    inception_weights: str | None = Field(
        default=None, description="Local file of Inception's weights; null: cached or downloaded."
    )
    cache_moments: bool = Field(
        default=False, description="Whether moments of the real splits are kept between runs."
    )
    intra_class: bool = Field(
        default=True, description="Whether Fréchet distances are measured within classes too."
    )
    fidelity: FidelityParameters = FidelityParameters()
    sampler_comparison: SamplerComparisonParameters
    samples_per_class: int = Field(
        default=10, gt=0, description="Columns of the sample grid; a row is a class."
    )
    interpolation_steps: int = Field(
        default=10, gt=1, description="Columns of the interpolation grid, both ends included."
    )
    nearest_samples: int = Field(
        default=10, gt=0, description="Samples shown with their nearest training images."
    )
    nearest_neighbors: int = Field(
        default=5, gt=0, description="Training images shown for each of them."
    )
