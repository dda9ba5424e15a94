"""Adaptive discriminator augmentation: how often to augment follows how much D has overfitted."""

import torch
from torch import Tensor, nn


class AdaptiveProbability(nn.Module):
    """Probability of augmentation, steered by the sign of the logits of real images.

    Karras et al. 2020, "Training generative adversarial networks with limited data", section 3.1:
    ``r_t = E[sign(D(real))]`` is near 0 for a discriminator that has not overfitted and near 1 for
    one that has. Every few updates the probability moves one fixed step, up where r_t is above
    its target and down where it is below, and stays in [0, 1].

    All is held in buffers and nothing is read back: a step never waits for the device, a replayed
    CUDA graph sees the probability move, and a checkpoint holds it.

    Args:
        target: of r_t; 0.6 in the paper.
        interval: discriminator updates between two moves; 4 in the paper.
        step: size of one move. The paper lets p rise from 0 to 1 over 500,000 real images:
            ``interval * batch_size / 500_000``.

    Attributes:
        probability: 0-d, starts at 0.
        sign: 0-d, the last r_t.
    """

    probability: Tensor
    sign: Tensor
    _sum: Tensor
    _updates: Tensor

    def __init__(self, target: float, interval: int, step: float) -> None:
        super().__init__()
        self.target = target
        self.interval = interval
        self.step = step
        for name in ("probability", "sign", "_sum", "_updates"):
            self.register_buffer(name, torch.zeros(()))

    @torch.no_grad()
    def observe(self, real_logits: Tensor) -> None:
        """Take notice of one update's logits of (augmented) real images (N,)."""
        self._sum += real_logits.sign().mean()
        self._updates += 1
        due = self._updates >= self.interval
        mean = self._sum / self._updates
        moved = self.probability + self.step * (mean - self.target).sign()
        self.sign.copy_(torch.where(due, mean, self.sign))
        self.probability.copy_(torch.where(due, moved.clamp(0, 1), self.probability))
        self._sum.mul_(~due)
        self._updates.mul_(~due)

    def metrics(self) -> dict[str, Tensor]:
        """The probability, and the last r_t that it followed, 0-d."""
        return {"augmentation_probability": self.probability, "real_sign": self.sign}
