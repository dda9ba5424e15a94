"""Parameters of the stage `evaluate_generators`."""

from typing import Literal

from pydantic import Field

from kizu.evaluation.settings import FidelityParameters
from kizu.parameters import Parameters
from kizu.training.settings import Device


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
