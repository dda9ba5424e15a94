"""Parameters of the stage `evaluate_generators`."""

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
    fidelity: FidelityParameters = FidelityParameters()
    samples_per_class: int = Field(
        default=10, gt=0, description="Columns of the sample grid; a row is a class."
    )
    interpolation_steps: int = Field(
        default=10, gt=1, description="Columns of the interpolation grid, both ends included."
    )
