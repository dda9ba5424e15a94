"""What a task's step may use of the engine: precision, randomness and the optimizer update."""

from contextlib import AbstractContextManager

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from kizu.training.distributed import average_gradients, world_size
from kizu.training.settings import Precision

AUTOCAST_TYPES = {"bfloat16": torch.bfloat16, "float16": torch.float16}


class StepContext:
    """Handed to `Task.step` by the engine; can be built alone for a benchmark or a test.

    Attributes:
        device: Where the networks and the batches are.
        generator: The stream of random numbers for noise, labels and augmentation.
        scaler: Loss scaling; active with float16 only, the one type whose gradients underflow.
    """

    def __init__(
        self,
        device: torch.device,
        generator: torch.Generator,
        precision: Precision = "float32",
        gradient_clip: float | None = None,
    ) -> None:
        self.device = device
        self.generator = generator
        self.scaler = torch.amp.GradScaler(device.type, enabled=precision == "float16")
        self._autocast_type = AUTOCAST_TYPES.get(precision)
        self._gradient_clip = gradient_clip

    def autocast(self) -> AbstractContextManager:
        """Run a forward pass in the run's precision.

        Enter it once per forward pass, never around an optimizer update: autocast caches the
        weights it has cast until it is left, and would go on with the weights of before.
        """
        return torch.autocast(
            self.device.type, self._autocast_type, enabled=self._autocast_type is not None
        )

    def update(self, loss: Tensor, optimizer: Optimizer) -> None:
        """Take one optimizer step down the gradient of `loss`.

        Gradients are freed first rather than zeroed, averaged over the processes, clipped to the
        run's norm and applied. Nothing here waits for the device.
        """
        optimizer.zero_grad(set_to_none=True)
        self.scaler.scale(loss).backward()
        if world_size() > 1:
            average_gradients(optimizer)
        if self._gradient_clip is not None:
            self.scaler.unscale_(optimizer)
            parameters = [p for group in optimizer.param_groups for p in group["params"]]
            nn.utils.clip_grad_norm_(parameters, self._gradient_clip, foreach=True)
        self.scaler.step(optimizer)
        self.scaler.update()
