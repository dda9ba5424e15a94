"""EfficientGAN on rows of a table."""

from typing import ClassVar, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from kizu.detection.bigan_scores import bigan_scores
from kizu.detection.bigan_task import BiganTask
from kizu.detection.named_task import NamedTask
from kizu.detection.standardized import Standardization, StandardizedDetector, in_double
from kizu.detection.tables.arrays import TableItems, explanation
from kizu.detection.tables.parameters import TableEfficientGanParameters
from kizu.detection.trained import NetworkTypes
from kizu.models.dense_bigan import DenseEncoder, DenseGenerator, DenseJointDiscriminator
from kizu.objectives.adversarial import ADVERSARIAL
from kizu.training.loop import train
from kizu.training.randomness import seeded
from kizu.training.task import Batch


class RowBiganTask(BiganTask):
    """The same step on rows, which are floats already."""

    @staticmethod
    def _read(batch: Batch) -> Tensor:
        return batch["items"]


class TableEfficientGan(TableItems, StandardizedDetector):
    """A bidirectional GAN trained on normal rows; one pass scores a row, see `bigan_scores`."""

    parameters: TableEfficientGanParameters
    _parameters_type = TableEfficientGanParameters
    _network_types: ClassVar[NetworkTypes] = {
        "generator": (DenseGenerator,),
        "encoder": (DenseEncoder,),
        "discriminator": (DenseJointDiscriminator,),
    }

    def fit(self, rows: np.ndarray) -> Self:
        """Train the three networks on the rows, float32 (N, F)."""
        own = self.parameters
        shape = self._check_items(rows).shape[1:]
        self._standardization = Standardization.of(rows, over=(0,))
        sizes = (shape[0], own.latent_dim, own.width)
        with seeded(own.training.seed):
            generator, encoder = DenseGenerator(*sizes), DenseEncoder(*sizes)
            discriminator = DenseJointDiscriminator(*sizes, own.discriminator_dropout)
        task = RowBiganTask(
            generator,
            encoder,
            discriminator,
            ADVERSARIAL[own.objective],
            generator_learning_rate=own.generator_learning_rate,
            discriminator_learning_rate=own.discriminator_learning_rate,
            average_decay=own.average_decay,
        )
        self.history = train(
            NamedTask("efficient_gan", task),
            {"items": self._standardization.apply(rows)},
            own.training,
            self.checkpoints,
            description="efficient_gan",
        ).history
        averaged = {name: average.network for name, average in task.averages.items()}
        self._keep({**averaged, "discriminator": discriminator}, shape)
        return self

    def score(self, rows: np.ndarray) -> NDArray[np.float64]:
        """Return ``(1 - w) reconstruction + w discrimination``, (N,)."""
        inputs = self._inputs(rows)
        networks = {name: in_double(network) for name, network in self._networks.items()}
        with torch.no_grad():
            scores = bigan_scores(
                **networks,
                items=inputs,
                discrimination=self.parameters.discrimination,
                weight=self.parameters.discrimination_weight,
            )
        return scores.numpy()

    def explain(self, rows: np.ndarray) -> NDArray[np.float32]:
        """Return the absolute difference to the reconstruction G(E(x)), (N, F), standardized."""
        inputs = self._inputs(rows)
        generator, encoder = (in_double(self._networks[name]) for name in ("generator", "encoder"))
        with torch.no_grad():
            return explanation((inputs - generator(encoder(inputs))).abs().numpy())

    def _inputs(self, rows: np.ndarray) -> Tensor:
        return torch.from_numpy(self._standardized(rows)).double()
