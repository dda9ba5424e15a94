"""Argument checks: every failure names the parameter, its value and the choices."""

from collections.abc import Collection
from typing import Any

from torch import Tensor


def check_choice(name: str, value: Any, choices: Collection[Any]) -> None:
    """Raise ValueError unless ``value`` is one of ``choices``."""
    if value not in choices:
        allowed = ", ".join(str(choice) for choice in choices)
        raise ValueError(f"{name}={value!r} is not supported; choose one of: {allowed}")


def check_at_least(minimum: int, **values: int) -> None:
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


def check_labels(labels: Tensor | None, class_count: int) -> None:
    """Raise ValueError unless labels are given exactly when the network is conditional.

    Their range is left to the embedding look-up: reading it here would wait for the device.
    """
    if class_count and labels is None:
        raise ValueError(f"labels=None, but the network has class_count={class_count}; pass (N,)")
    if not class_count and labels is not None:
        raise ValueError("labels were given, but the network has class_count=0; pass labels=None")


def check_multiple(name: str, value: int, base: int) -> None:
    """Raise ValueError unless ``value`` is a positive multiple of ``base``."""
    if value < base or value % base:
        raise ValueError(f"{name}={value} must be a multiple of {base}: {base}, {2 * base}, ...")
