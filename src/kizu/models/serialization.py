"""Networks as plain data: a JSON-able configuration and named arrays, and back.

A module that can be saved holds its constructor's arguments in ``config``. The pair of packed
configuration and tensors is what a model folder stores (``config.json`` and
``model.safetensors``); nothing in it depends on Python classes being picklable.
"""

from collections.abc import Mapping
from typing import Any, Self, TypedDict, TypeVar

import numpy as np
import torch
from torch import nn


class ConfiguredModule(nn.Module):
    """A network that can be rebuilt from ``config``, its JSON-able constructor arguments."""

    config: dict[str, Any]

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Build the network with fresh weights; inverse of reading ``config``."""
        return cls(**config)


class Artifact(TypedDict):
    """Packed networks: configurations by name, and tensors as ``<name>.<state dict key>``."""

    config: dict[str, Any]
    tensors: dict[str, np.ndarray]


Module = TypeVar("Module", bound=ConfiguredModule)


def pack(**modules: ConfiguredModule) -> Artifact:
    """Pack networks under their keyword's name.

    The configuration of each carries ``kind``, its class name. Arrays are C-contiguous copies on
    the host, whatever device and memory format the weights have, so equal weights give equal bytes.
    """
    config = {
        name: {"kind": type(module).__name__, **module.config} for name, module in modules.items()
    }
    tensors = {
        f"{name}.{key}": tensor.detach().cpu().contiguous().numpy().copy()
        for name, module in modules.items()
        for key, tensor in module.state_dict().items()
    }
    return {"config": config, "tensors": tensors}


def unpack(artifact: Artifact, name: str, *classes: type[Module]) -> Module:
    """Rebuild the network packed under ``name``, in evaluation mode on the host.

    ``classes`` are the accepted ones; the stored ``kind`` picks among them.

    Raises:
        ValueError: no such name, a kind that is not among ``classes``, or tensors that do not fit.
    """
    if name not in artifact["config"]:
        choices = ", ".join(artifact["config"])
        raise ValueError(f"name={name!r} is not in the artifact; choose one of: {choices}")
    config = dict(artifact["config"][name])
    kind = config.pop("kind")
    by_kind = {cls.__name__: cls for cls in classes}
    if kind not in by_kind:
        choices = ", ".join(by_kind)
        raise ValueError(f"kind={kind!r} of {name!r} is not accepted; choose one of: {choices}")
    prefix = f"{name}."
    state = {
        key.removeprefix(prefix): torch.from_numpy(np.array(array))
        for key, array in artifact["tensors"].items()
        if key.startswith(prefix)
    }
    module = by_kind[kind].from_config(config)
    try:
        module.load_state_dict(state)
    except RuntimeError as error:
        raise ValueError(f"the tensors of {name!r} do not fit a {kind}: {error}") from error
    return module.eval()
