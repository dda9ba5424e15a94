"""How a profile lies over ``conf/base``, and a cell of an experiment over its profile."""

from collections.abc import Callable, Mapping
from typing import Any

Key = tuple[str, ...]

Discriminator = Callable[[Key], str | None]
"""Tells which key of the mapping at a place says what model it is; None without such a choice."""


def overlay(
    base: Mapping[str, Any],
    changes: Mapping[str, Any],
    discriminator: Discriminator,
    at: Key = (),
) -> dict[str, Any]:
    """Lay nested mappings over others.

    Mappings merge key by key; anything else, a list too, is replaced as a whole. So is a mapping
    that is one of several models, if the changes choose another model: options of Gaussian noise
    mean nothing to simplex noise. Changes that keep the model, or do not say, merge as others do.

    Args:
        base: what lies below.
        changes: what lies above; neither is changed.
        discriminator: of the types of the parameters, see `kizu.lineage.parameter_types`.
        at: the place of both in the whole configuration.
    """
    result = dict(base)
    for key, value in changes.items():
        old, here = base.get(key), (*at, key)
        result[key] = value
        if not isinstance(old, Mapping) or not isinstance(value, Mapping):
            continue
        if not _is_another_model(old, value, discriminator, here):
            result[key] = overlay(old, value, discriminator, here)
    return result


def _is_another_model(
    old: Mapping[str, Any], new: Mapping[str, Any], discriminator: Discriminator, at: Key
) -> bool:
    """Tell whether a mapping chooses another model; asks only where a word has changed."""
    both = old.keys() & new.keys()
    changed = {name for name in both if isinstance(new[name], str) and old[name] != new[name]}
    return bool(changed) and discriminator(at) in changed
