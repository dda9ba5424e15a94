"""Networks as plain data: a JSON-able configuration and named arrays, and back.

A module that can be saved has its constructor's arguments in ``config``. The pair of packed
configuration and tensors is what a model folder stores (``config.json`` and
``model.safetensors``); nothing in it depends on Python classes being picklable.
"""

import inspect
from collections.abc import Mapping
from typing import Any, Self, TypedDict, TypeVar

import numpy as np
import torch
from torch import nn


class ConfiguredModule(nn.Module):
    """A network that can be rebuilt from ``config``, its JSON-able constructor arguments.

    They are noted before the constructor runs, defaults too and tuples as lists; a constructor
    whose arguments stand for others (None for what is published) writes those over them.
    """

    config: dict[str, Any]

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """Note the arguments of the constructor."""
        module = super().__new__(cls)
        # A copy is made without arguments, and brings the configuration of its original.
        if args or kwargs:
            object.__setattr__(module, "config", _arguments(cls, *args, **kwargs))
        return module

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Build the network with fresh weights; inverse of reading ``config``."""
        return cls(**config)


def _arguments(cls: type[ConfiguredModule], *args: Any, **kwargs: Any) -> dict[str, Any]:
    """Return a constructor's arguments by name, as plain data; those of ``**options`` among them.

    Raises:
        TypeError: they are not the constructor's.
    """
    signature = inspect.signature(cls)
    bound = signature.bind(*args, **kwargs)
    bound.apply_defaults()
    named: dict[str, Any] = {}
    for name, value in bound.arguments.items():
        variable = signature.parameters[name].kind is inspect.Parameter.VAR_KEYWORD
        named |= value if variable else {name: value}
    return {
        name: list(value) if isinstance(value, tuple) else value for name, value in named.items()
    }


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
