"""Parameters of a training run. Free of torch: stages validate them before anything heavy loads."""

from typing import Literal

from pydantic import Field

from kizu.parameters import Parameters

Device = Literal["auto", "cpu", "cuda", "mps"]
Precision = Literal["float32", "bfloat16", "float16"]


class TrainingParameters(Parameters):
    """How a training runs; what is trained is the task's business (see `kizu.training.task`)."""

    steps: int = Field(gt=0, description="Steps of the task to take in all.")
    batch_size: int = Field(gt=0, description="Examples in a batch, all processes together.")
    seed: int = Field(default=0, ge=0, description="Seed of data order, noise and dropout.")
    device: Device = Field(default="auto", description="auto: CUDA, else MPS, else the CPU.")
    precision: Precision = Field(
        default="float32", description="Type of the forward pass; weights stay float32."
    )
    channels_last: bool = Field(default=False, description="NHWC memory for images and kernels.")
    compile: bool = Field(default=False, description="Compile the networks with torch.compile.")
    cuda_graph: bool = Field(default=False, description="Replay the step as one CUDA graph.")
    gradient_clip: float | None = Field(
        default=None, gt=0, description="Largest norm of an optimizer's gradient; null: no limit."
    )
    log_every: int = Field(default=100, gt=0, description="Steps between two readings of metrics.")
    evaluate_every: int | None = Field(
        default=None, gt=0, description="Steps between two evaluations; null: none."
    )
    checkpoint_every: int = Field(default=1000, gt=0, description="Steps between two checkpoints.")
