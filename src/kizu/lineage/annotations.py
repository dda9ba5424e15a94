"""Reading the types of parameters, as nodes and models of parameters declare them."""

import types
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, TypeGuard, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo


def members(annotation: Any) -> tuple[Any, ...]:
    """Return the types that an annotation allows: those of a union, else itself."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return members(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return tuple(inner for arg in get_args(annotation) for inner in members(arg))
    return (annotation,)


def is_model(annotation: Any) -> TypeGuard[type[BaseModel]]:
    """Tell whether an annotation is a model of parameters."""
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def discriminator(annotation: Any, key: Sequence[str]) -> str | None:
    """Return the field that says which of several models a value is.

    Args:
        annotation: of a group of parameters.
        key: where the value lies in the group, key by key.

    Returns:
        ``kind`` for ``noise: GaussianNoise | SimplexNoise = Field(discriminator="kind")``; None
        where there is no such choice.
    """
    places = [annotation]
    for part in key:
        places = [child for place in places for child in _children(place, part)]
    return next((name for place in places for name in _discriminators(place)), None)


def _children(annotation: Any, part: str) -> Iterator[Any]:
    for member in members(annotation):
        if is_model(member) and part in member.model_fields:
            field = member.model_fields[part]
            yield Annotated[field.annotation, field]
        elif get_origin(member) is dict:
            yield get_args(member)[-1]


def _discriminators(annotation: Any) -> Iterator[str]:
    """Yield the discriminators that a type is annotated with, or one that it allows."""
    if get_origin(annotation) is Annotated:
        for note in annotation.__metadata__:
            if isinstance(note, FieldInfo) and isinstance(note.discriminator, str):
                yield note.discriminator
    if get_origin(annotation) in (Annotated, Union, types.UnionType):
        for inner in get_args(annotation):
            yield from _discriminators(inner)
