"""Feature quantization: a discriminator's features pulled to the entries of a dictionary.

Zhao et al. 2020, "Feature quantization improves GAN training" (FQ-GAN), section 3: real and
generated features share one dictionary, which makes matching their distributions easier.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple, NotRequired, TypedDict

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import Tensor, nn

from kizu.models.checks import check_at_least, check_choice, check_range
from kizu.models.weights import full_precision

Dictionary = Literal["average", "gradient"]
DICTIONARIES = ("average", "gradient")
Mode = Literal["replace", "commitment"]
MODES = ("replace", "commitment")

# Distances held at once, 16 MiB in float32.
_CHUNK = 2**22
# A code that draws fewer features an update, on average, is dead.
_DEAD_COUNT = 0.01
# Smoothing of the counts, as in the authors' code.
_EPSILON = 1e-5
# Averages below are 0.
_LEAST = 1e-20


class Quantization(TypedDict):
    """Quantizers of a discriminator: after which blocks, and the arguments of each."""

    blocks: Sequence[str]
    codes: NotRequired[int]
    dictionary: NotRequired[Dictionary]
    mode: NotRequired[Mode]
    decay: NotRequired[float]
    commitment_weight: NotRequired[float]


class CodebookUse(NamedTuple):
    """How a pass used a dictionary; scalars on the device, without gradient.

    Attributes:
        perplexity: exponential of the entropy of the codes chosen in this pass, from 1 (all
            features chose the same) to the number of codes.
        dead_codes: codes whose running count has fallen below 1 feature in 100 updates.
    """

    perplexity: Tensor
    dead_codes: Tensor


class Quantized(NamedTuple):
    """Features (N, C, H, W) after a quantizer, the scalar loss of it, and the dictionary's use."""

    features: Tensor
    loss: Tensor
    use: CodebookUse


class FeatureQuantizer(nn.Module):
    """Nearest entries of a dictionary for the feature vector at every place of a feature map.

    The loss is the commitment of features to their codes, ``weight · mean (sg(code) - feature)²``
    over all numbers, where sg stops the gradient; gradients pass the choice straight through. The
    dictionary follows the features

    - as a moving average (``"average"``): with n the features that chose a code and s their sum,
      ``count ← d·count + (1-d)·n`` and ``sum ← d·sum + (1-d)·s``, and a code is its sum over its
      count, smoothed to ``T·(count + ε) / (T + K·ε)`` with T the sum of all K counts. Counts start
      at 1: from 0, a code that nobody chose would be divided by ε.
    - by gradient (``"gradient"``): codes are parameters, with the loss
      ``mean (code - sg(feature))²`` added.

    Codes start from the first features that update the dictionary. From N(0, 1), as in the authors'
    code, they would be much larger than features behind spectral normalization, which would all
    choose the one code closest to 0.

    Several processes add up their features and so keep one dictionary.

    Args:
        channels: C, of the features and the codes.
        codes: K, size of the dictionary; the authors take powers of 2 up to 1024.
        dictionary: "average" or "gradient".
        mode: "replace" passes the codes on, as in the paper's text; "commitment" passes the
            features on and keeps the loss alone, as the authors' code does.
        decay: d of the moving averages.
        commitment_weight: of the commitment in the loss.

    Raises:
        ValueError: an unknown ``dictionary`` or ``mode``, or a number out of range.
    """

    codebook: Tensor
    counts: Tensor
    sums: Tensor
    untouched: Tensor

    def __init__(
        self,
        channels: int,
        codes: int = 1024,
        dictionary: Dictionary = "average",
        mode: Mode = "replace",
        decay: float = 0.9,
        commitment_weight: float = 1.0,
    ) -> None:
        super().__init__()
        check_at_least(1, channels=channels)
        check_at_least(2, codes=codes)
        check_choice("dictionary", dictionary, DICTIONARIES)
        check_choice("mode", mode, MODES)
        check_range(0, 1, decay=decay)
        check_at_least(0, commitment_weight=commitment_weight)
        self.averaged = dictionary == "average"
        self.replaces = mode == "replace"
        self.decay = decay
        self.commitment_weight = commitment_weight
        codebook = torch.randn(codes, channels)
        if self.averaged:
            self.register_buffer("codebook", codebook)
            self.register_buffer("sums", codebook.clone())
        else:
            self.codebook = nn.Parameter(codebook)
        self.register_buffer("counts", torch.ones(codes))
        self.register_buffer("untouched", torch.tensor(True))

    def forward(self, images: Tensor, *, update: bool = False) -> Quantized:
        """Quantize ``images`` (N, C, H, W).

        Args:
            images: the feature map.
            update: whether these features move the averages. The discriminator's own pass over
                real and generated images asks for it, and nothing else: not the generator's, nor a
                regularizer's. Without effect in evaluation mode.
        """
        with full_precision(images):
            vectors = images.to(self.codebook.dtype).permute(0, 2, 3, 1).flatten(0, 2)
            update = update and self.training
            if update:
                self._start(vectors.detach())
            chosen = nearest(vectors.detach(), self.codebook.detach())
            codes = F.embedding(chosen, self.codebook)
            loss = self.commitment_weight * F.mse_loss(vectors, codes.detach())
            if not self.averaged:
                loss = loss + F.mse_loss(codes, vectors.detach())
            counts = _sums_by_code(torch.ones_like(vectors[:, :1]), chosen, len(self.codebook))
            if update:
                self._update(vectors.detach(), chosen, counts)
            use = CodebookUse(_perplexity(counts), (self.counts < _DEAD_COUNT).sum())
        if not self.replaces:
            return Quantized(images, loss, use)
        replaced = (vectors + (codes - vectors).detach()).to(images.dtype)
        count, _, height, width = images.shape
        return Quantized(
            replaced.unflatten(0, (count, height, width)).permute(0, 3, 1, 2), loss, use
        )

    @torch.no_grad()
    def _start(self, vectors: Tensor) -> None:
        """Take the codes from vectors (M, C) spread over the batch, if none ever updated them.

        Which of the two is decided on the device: a question to the host would wait for it.
        """
        codes = len(self.codebook)
        spread = torch.arange(codes, device=vectors.device) * len(vectors) // codes
        start = vectors[spread]
        if _distributed():
            dist.broadcast(start, 0)
        self.codebook.copy_(torch.where(self.untouched, start, self.codebook))
        if self.averaged:
            self.sums.copy_(torch.where(self.untouched, start, self.sums))

    @torch.no_grad()
    def _update(self, vectors: Tensor, chosen: Tensor, counts: Tensor) -> None:
        """Move the averages to vectors (M, C), of the ``chosen`` codes (M,), counted (K, 1)."""
        totals = counts
        if self.averaged:
            sums = _sums_by_code(vectors, chosen, len(self.codebook))
            totals = torch.cat((counts, sums), dim=1)
        self.untouched.fill_(False)
        if _distributed():
            totals = totals.clone()
            dist.all_reduce(totals)
        self.counts.lerp_(totals[:, 0], 1 - self.decay)
        if self.averaged:
            self.sums.lerp_(totals[:, 1:], 1 - self.decay)
            # A dead code's sum would shrink to subnormal numbers, with which a processor takes ten
            # times as long to find the nearest code.
            self.sums.masked_fill_(self.sums.abs() < _LEAST, 0)
            self.codebook.copy_(self.sums / smoothed(self.counts)[:, None])


def nearest(vectors: Tensor, codebook: Tensor) -> Tensor:
    """Return the index (M,) of the closest row of ``codebook`` (K, C) for ``vectors`` (M, C).

    A block of rows at a time, so that memory does not grow with M · K. Of |v|² - 2vc + |c|², the
    first term is the same for every code.
    """
    norms = codebook.square().sum(dim=1)
    blocks = vectors.split(max(1, _CHUNK // len(codebook)))
    return torch.cat(
        [torch.addmm(norms, block, codebook.T, alpha=-2).argmin(dim=1) for block in blocks]
    )


def smoothed(counts: Tensor) -> Tensor:
    """Smooth ``counts`` (K,) so that none is 0, keeping their total T.

    ``T·(count + ε) / (T + K·ε)``, Laplace smoothing with K outcomes.
    """
    total = counts.sum()
    return total * (counts + _EPSILON) / (total + len(counts) * _EPSILON)


def _sums_by_code(vectors: Tensor, chosen: Tensor, codes: int) -> Tensor:
    """Add up the vectors (M, C) that chose the same code: (K, C)."""
    return vectors.new_zeros(codes, vectors.shape[1]).index_add_(0, chosen, vectors.detach())


def _perplexity(counts: Tensor) -> Tensor:
    """Return exp(entropy) of the shares of ``counts``."""
    shares = counts / counts.sum()
    return torch.exp(-torch.special.xlogy(shares, shares).sum())


def _distributed() -> bool:
    return dist.is_available() and dist.is_initialized()
