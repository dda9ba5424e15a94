"""Weight initialization shared by model families."""

from torch import nn


def initialize_normal(module: nn.Module) -> None:
    """Draw weights from N(0, 0.02), normalization gains from N(1, 0.02), and zero all biases.

    Radford et al. 2016, section 4; deterministic under ``torch.manual_seed``.
    """
    for layer in module.modules():
        if isinstance(layer, nn.Linear | nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(layer.weight, std=0.02)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
        elif isinstance(layer, nn.BatchNorm2d) and layer.affine:
            nn.init.normal_(layer.weight, mean=1.0, std=0.02)
