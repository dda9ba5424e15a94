"""What the discriminators of all families have in common: a row of named blocks, and a head."""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, TypedDict, get_type_hints

import torch
from torch import Tensor, nn

from kizu.models.checks import check_at_least, check_choice, check_subset, check_type
from kizu.models.heads import Conditioning, DiscriminatorHead
from kizu.models.layers import Initialization
from kizu.models.minibatch import MinibatchDeviation, MinibatchDiscrimination
from kizu.models.quantizer import CodebookUse, FeatureQuantizer, Quantization
from kizu.models.serialization import ConfiguredModule
from kizu.models.weights import Weights

Minibatch = Literal["none", "deviation", "discrimination"]
MINIBATCHES = ("none", "deviation", "discrimination")

_COUPLING = (nn.modules.batchnorm._BatchNorm, MinibatchDeviation, MinibatchDiscrimination)


class Block(NamedTuple):
    """A part of a discriminator, its name, and the channels that it returns."""

    name: str
    module: nn.Module
    channels: int


class Reading(NamedTuple):
    """How a discriminator's head reads the last feature map (N, C, H, W).

    Attributes:
        size: H = W.
        flattened: whether the logit is linear in the map as it is (N, C·H·W), as in a standard
            CNN, or in the sum of its rectified places (N, C), as in a residual network.
        weights: kind of the head's weights.
        bias: whether the logit has one.
        initialization: of the head's weights.
    """

    size: int
    flattened: bool
    weights: Weights
    bias: bool = True
    initialization: Initialization = "xavier"


class DiscriminatorOptions(TypedDict, total=False):
    """Keyword arguments that the discriminator of every family takes.

    conditioning: "projection" (default) or "auxiliary", see `DiscriminatorHead`.
    quantization: quantizers after chosen blocks, see `FeatureQuantizer`; None (default) for none.
    minibatch: "deviation" or "discrimination" lets a sample be judged by its batch, see
        `kizu.models.minibatch`; "none" by default.
    """

    conditioning: Conditioning
    quantization: Quantization | None
    minibatch: Minibatch


class Verdict(NamedTuple):
    """All that one pass of a discriminator tells.

    Attributes:
        logits: (N,), of being real.
        class_logits: (N, class_count), of an auxiliary classifier.
        quantization_loss: sum over the quantizers, None without any.
        codebooks: use of each quantizer's dictionary, by the block before it.
    """

    logits: Tensor
    class_logits: Tensor | None
    quantization_loss: Tensor | None
    codebooks: dict[str, CodebookUse]


class Discriminator(ConfiguredModule):
    """Runs images through blocks in order, each followed by its quantizer if it has one.

    A family builds the blocks and says how the head reads them.

    Attributes:
        class_count: 0 for an unconditional one.
        blocks: by name, in order.
        quantizers: by the name of the block before.

    Raises:
        ValueError: an unknown option, or a quantizer after a block that does not exist.
    """

    def __init__(
        self,
        blocks: Sequence[Block],
        reading: Reading,
        class_count: int,
        *,
        conditioning: Conditioning = "projection",
        quantization: Quantization | None = None,
        minibatch: Minibatch = "none",
    ) -> None:
        super().__init__()
        check_at_least(0, class_count=class_count)
        check_choice("minibatch", minibatch, MINIBATCHES)
        self.class_count = class_count
        self.flattened = reading.flattened
        channels = blocks[-1].channels
        if minibatch == "deviation":
            channels += 1
            blocks = [*blocks, Block("minibatch_deviation", MinibatchDeviation(), channels)]
        self.blocks = nn.ModuleDict({block.name: block.module for block in blocks})
        features = channels * reading.size**2 if reading.flattened else channels
        self.discrimination = None
        if minibatch == "discrimination":
            self.discrimination = MinibatchDiscrimination(channels)
            features += self.discrimination.kernels
        self.head = DiscriminatorHead(
            features,
            channels,
            class_count,
            conditioning=conditioning,
            bias=reading.bias,
            weights=reading.weights,
            initialization=reading.initialization,
        )
        # Built last, so that the weights of all else do not depend on them.
        self.quantizers = _quantizers(blocks, quantization)
        self.config |= {
            "conditioning": conditioning,
            "quantization": quantization
            and {**quantization, "blocks": list(quantization["blocks"])},
            "minibatch": minibatch,
        }

    @property
    def couples_batch(self) -> bool:
        """Whether a training pass mixes the samples of a batch: reals and fakes must go apart."""
        return any(isinstance(module, _COUPLING) for module in self.modules())

    def judge(
        self, images: Tensor, labels: Tensor | None = None, *, update_codebooks: bool = False
    ) -> Verdict:
        """Map ``images`` (N, C, H, W) to logits and all that comes with them.

        Args:
            images: in [-1, 1].
            labels: (N,) int64 of a conditional discriminator; an auxiliary one needs none.
            update_codebooks: see `FeatureQuantizer.forward`.
        """
        hidden, losses, codebooks = self._run(images, update_codebooks)
        features, pooled = self._read(hidden)
        return Verdict(
            self.head(features, pooled, labels),
            self.head.classify(pooled),
            torch.stack(losses).sum() if losses else None,
            codebooks,
        )

    def forward(self, images: Tensor, labels: Tensor | None = None) -> Tensor:
        """Map ``images`` (N, C, H, W) to logits (N,)."""
        return self.judge(images, labels).logits

    def features(self, images: Tensor) -> Tensor:
        """Map ``images`` (N, C, H, W) to what the logit is linear in: (N, F)."""
        hidden, _, _ = self._run(images, update_codebooks=False)
        return self._read(hidden)[0]

    def compile(self, *args: Any, **kwargs: Any) -> None:
        """Compile, in place, the method that every call goes through."""
        self.judge = torch.compile(self.judge, *args, **kwargs)  # type: ignore[method-assign]

    def _run(
        self, images: Tensor, update_codebooks: bool
    ) -> tuple[Tensor, list[Tensor], dict[str, CodebookUse]]:
        """Return the last feature map, and each quantizer's loss and use."""
        hidden, losses, codebooks = images, [], {}
        for name, block in self.blocks.items():
            hidden = block(hidden)
            if name in self.quantizers:
                hidden, loss, codebooks[name] = self.quantizers[name](
                    hidden, update=update_codebooks
                )
                losses.append(loss)
        return hidden, losses, codebooks

    def _read(self, hidden: Tensor) -> tuple[Tensor, Tensor]:
        """Return what the logit is linear in (N, F), and the feature map's sum (N, C)."""
        if self.flattened:
            features, pooled = hidden.flatten(1), hidden.sum(dim=(2, 3))
        else:
            features = pooled = hidden.relu().sum(dim=(2, 3))
        if self.discrimination is not None:
            features = torch.cat((features, self.discrimination(pooled)), dim=1)
        return features, pooled


def _quantizers(blocks: Sequence[Block], quantization: Quantization | None) -> nn.ModuleDict:
    if quantization is None:
        return nn.ModuleDict()
    settings: dict[str, Any] = {**quantization}
    check_subset("quantization", settings, Quantization.__annotations__)
    if "blocks" not in settings:
        raise ValueError("quantization lacks blocks, the names of those to be followed by one")
    hints = get_type_hints(Quantization)
    for key, value in settings.items():
        check_type(f"quantization.{key}", value, hints[key])
    names = settings.pop("blocks")
    channels = {block.name: block.channels for block in blocks}
    check_subset("quantization.blocks", names, channels)
    return nn.ModuleDict({name: FeatureQuantizer(channels[name], **settings) for name in names})
