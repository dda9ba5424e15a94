"""What can stop a training, each said as a sentence and a way out."""

from pathlib import Path


class TrainingError(RuntimeError):
    """A training cannot start or go on.

    Attributes:
        message: What happened, one sentence.
        way_out: What the user can do about it.
    """

    def __init__(self, message: str, way_out: str) -> None:
        super().__init__(f"{message} {way_out}")
        self.message = message
        self.way_out = way_out


class DeviceError(TrainingError):
    """The requested device, or a feature asked of it, does not exist on this machine."""


class CheckpointError(TrainingError):
    """A checkpoint cannot be written, or belongs to another training."""


class TrainingDiverged(TrainingError):  # noqa: N818 - an outcome, said as one
    """A metric or a weight stopped being a finite number.

    Attributes:
        step: The first step at which it was seen.
        name: The metric, or the network.
        value: `nan`, `inf` or `-inf`.
        checkpoint: The last checkpoint with finite weights, if there is one.
    """

    def __init__(self, step: int, name: str, value: float, checkpoint: Path | None) -> None:
        kept = f"The last good checkpoint is {checkpoint}." if checkpoint else "No checkpoint yet."
        super().__init__(
            f"Training diverged: {name} is {value} at step {step}. {kept}",
            "Lower the learning rate, set gradient_clip, or use precision float32.",
        )
        self.step = step
        self.name = name
        self.value = value
        self.checkpoint = checkpoint


class TrainingInterrupted(SystemExit):
    """SIGINT or SIGTERM arrived; the state was saved, and the process should end.

    A `SystemExit`, so that nothing on the way up mistakes it for a failure of the stage, and the
    process ends with the shell's code for the signal: 130 or 143.
    """

    def __init__(self, signal_number: int, step: int, checkpoint: Path | None) -> None:
        super().__init__(128 + signal_number)
        if checkpoint:
            self.message = f"Interrupted after step {step}; saved in {checkpoint}."
            self.way_out = "Run the same command again to go on from there."
        else:
            self.message = f"Interrupted after step {step}; nothing is saved."
            self.way_out = "This training keeps no checkpoints and will start from its beginning."
        self.step = step
        self.checkpoint = checkpoint

    def __str__(self) -> str:
        return f"{self.message} {self.way_out}"
