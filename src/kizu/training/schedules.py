"""Learning rate schedules: factors on the base learning rate as pure functions of the step."""

import math

from kizu.training.task import Schedule


def warmup_cosine(steps: int, warmup_steps: int) -> Schedule:
    """Rise linearly over `warmup_steps`, then fall along half a cosine to 0 after `steps`.

    Raises:
        ValueError: `warmup_steps` is not in [0, steps).
    """
    if not 0 <= warmup_steps < steps:
        raise ValueError(f"warmup_steps must be in [0, steps={steps}), got {warmup_steps}")

    def factor(step: int) -> float:
        if step < warmup_steps:
            return (step + 1) / warmup_steps
        progress = (step - warmup_steps) / (steps - warmup_steps)
        return 0.5 * (1 + math.cos(math.pi * progress))

    return factor
