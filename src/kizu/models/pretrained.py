"""Where trained weights come from: torchvision's addresses, files, models of this pipeline."""

from collections.abc import Mapping
from pathlib import Path
from urllib.error import URLError

import torch
from torch import Tensor

# Of the network in a packed model (see `kizu.models.serialization`).
_PREFIX = "classifier."


class PretrainedWeightsError(RuntimeError):
    """Weights could not be had, or belong to another architecture.

    Attributes:
        message: what happened.
        way_out: what the user can do.
    """

    def __init__(self, message: str, way_out: str) -> None:
        super().__init__(f"{message}. To go on, {way_out}.")
        self.message = f"{message}."
        self.way_out = way_out


def mismatch(source: str, architecture: str, problem: str) -> PretrainedWeightsError:
    """The error of weights that do not fit."""
    return PretrainedWeightsError(
        f"{source} does not hold the weights of {architecture}: {problem}",
        "name a file of weights of that architecture as `pretrained`, or set the architecture to "
        "the file's",
    )


def read_weights(source: str, architecture: str) -> dict[str, Tensor]:
    """Return named tensors.

    Args:
        source: ``imagenet`` for torchvision's own of that architecture, downloaded once into
            PyTorch's cache and checked against the hash in the file's name; or the path of a file
            (``.safetensors``, or one of ``torch.save``).
        architecture: torchvision's name.

    Raises:
        PretrainedWeightsError: no network, no such file, or one that holds no weights.
    """
    return _downloaded(architecture) if source == "imagenet" else _from_file(Path(source))


def of_pipeline(state: Mapping[str, Tensor]) -> dict[str, Tensor] | None:
    """Return the network's state, if the tensors are those of a packed classifier."""
    if f"{_PREFIX}head.weight" not in state:
        return None
    return {name.removeprefix(_PREFIX): tensor for name, tensor in state.items()}


def first_difference(state: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> str | None:
    """Say what is the first tensor that one of two states lacks or has in another shape."""
    for name in sorted({*state, *expected}):
        if name not in expected:
            return f"it has a tensor {name!r}"
        if name not in state:
            return f"it has no tensor {name!r}"
        if state[name].shape != expected[name].shape:
            theirs, ours = tuple(state[name].shape), tuple(expected[name].shape)
            return f"{name!r} is of shape {theirs}, not {ours}"
    return None


def _downloaded(architecture: str) -> dict[str, Tensor]:
    from torchvision import models

    weights = models.get_model_weights(architecture).DEFAULT
    try:
        return dict(weights.get_state_dict(progress=True, check_hash=True))
    except (URLError, OSError, RuntimeError) as error:
        raise PretrainedWeightsError(
            f"the ImageNet weights of {architecture} could not be downloaded ({error})",
            f"fetch {weights.url} where there is a network and name the file as `pretrained`, or "
            "train from scratch with `pretrained: null`",
        ) from error


def _from_file(path: Path) -> dict[str, Tensor]:
    if not path.is_file():
        raise PretrainedWeightsError(
            f"there is no file {path}",
            "set `pretrained` to 'imagenet', to a file of weights, or to null",
        )
    choose = "choose a file of `torch.save` or a .safetensors file as `pretrained`"
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            return load_file(path)
        loaded = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # unpickling has many ways to fail
        raise PretrainedWeightsError(
            f"{path} holds no readable weights: {error}", choose
        ) from error
    if not isinstance(loaded, dict):
        raise PretrainedWeightsError(
            f"{path} holds a {type(loaded).__name__}, not named tensors", choose
        )
    return dict(loaded)
