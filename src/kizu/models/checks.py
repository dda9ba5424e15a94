"""Argument checks: every failure names the parameter, its value and the choices."""

from collections.abc import Collection, Hashable, Mapping, Sequence
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, is_typeddict

import torch
from torch import Tensor


def check_choice(name: str, value: Any, choices: Collection[Any]) -> None:
    """Raise ValueError unless ``value`` is one of ``choices``."""
    if value not in choices:
        allowed = ", ".join(str(choice) for choice in choices)
        raise ValueError(f"{name}={value!r} is not supported; choose one of: {allowed}")


def check_at_least(minimum: float, **values: float) -> None:
    """Raise ValueError unless every keyword's value is at least ``minimum``."""
    for name, value in values.items():
        if value < minimum:
            raise ValueError(f"{name}={value} must be at least {minimum}")


def check_divisible(name: str, value: int, divisor_name: str, divisor: int) -> None:
    """Raise ValueError unless ``divisor`` divides ``value``; the message lists what would."""
    if divisor < 1 or value % divisor:
        choices = ", ".join(str(k) for k in range(1, value + 1) if value % k == 0)
        raise ValueError(
            f"{divisor_name}={divisor} does not divide {name}={value}; choose one of: {choices}"
        )


def check_labels(labels: Tensor | None, class_count: int, *, required: bool = True) -> None:
    """Raise ValueError unless ``labels`` fit a network of ``class_count`` classes.

    They are given exactly when the network is conditional, or may be left out where they are not
    ``required``. Their range is checked on the CPU alone: reading it elsewhere would wait for the
    device.
    """
    if labels is None:
        if class_count and required:
            raise ValueError(
                f"labels=None, but the network has class_count={class_count}; pass (N,)"
            )
        return
    if not class_count:
        raise ValueError("labels were given, but the network has class_count=0; pass labels=None")
    if labels.is_cpu and not torch.compiler.is_compiling() and len(labels):
        smallest, largest = (int(value) for value in labels.aminmax())
        if smallest < 0 or largest >= class_count:
            value = smallest if smallest < 0 else largest
            raise ValueError(
                f"labels contain {value}, but the network has class_count={class_count}; "
                f"choose from 0 to {class_count - 1}"
            )


def check_multiple(name: str, value: int, base: int) -> None:
    """Raise ValueError unless ``value`` is a positive multiple of ``base``."""
    if value < base or value % base:
        raise ValueError(f"{name}={value} must be a multiple of {base}: {base}, {2 * base}, ...")


def check_range(minimum: float, end: float, **values: float) -> None:
    """Raise ValueError unless every keyword's value lies in [minimum, end)."""
    for name, value in values.items():
        if not minimum <= value < end:
            raise ValueError(f"{name}={value} must be in [{minimum}, {end})")


def check_subset(name: str, values: Collection[Any], choices: Collection[Any]) -> None:
    """Raise ValueError unless every one of ``values`` is one of ``choices``, none of them twice."""
    for value in values:
        if value not in choices:
            allowed = ", ".join(str(choice) for choice in choices)
            raise ValueError(f"{name} contain {value!r}; choose from: {allowed}")
    if len(set(values)) < len(values):
        raise ValueError(f"{name}={list(values)} name one of them twice")


def check_type(name: str, value: Any, hint: Any) -> None:
    """Raise ValueError unless ``value`` is what a type hint of plain data says.

    For options that come out of a file: a quoted ``"no"`` would be taken for true. The members of
    a Literal are left to `check_choice`, which lists them; a list passes for any sequence.
    """
    if not _fits(value, hint):
        expected = hint.__name__ if isinstance(hint, type) else str(hint).rpartition("abc.")[2]
        raise ValueError(f"{name}={value!r} must be of type {expected}")


def _fits(value: Any, hint: Any) -> bool:
    origin, members = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return any(_fits(value, member) for member in members)
    if origin is Literal:
        return isinstance(value, Hashable)
    if origin is Sequence:
        return isinstance(value, list | tuple) and all(_fits(item, members[0]) for item in value)
    if is_typeddict(hint):
        return isinstance(value, Mapping)
    if isinstance(value, bool):
        # An int to Python, but no number to whoever wrote it.
        return hint is bool
    return isinstance(value, int | float if hint is float else hint)
