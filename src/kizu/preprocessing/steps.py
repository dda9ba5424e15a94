"""Preprocessing as a list of steps in the parameters, each a function by name.

A step is a pure function ``step(item, *, argument: type, …) -> item``; its keyword-only arguments
are what the parameters may set. A list names steps in order, those with arguments as mappings::

    steps:
      - flip_horizontally
      - resize: {height: 16, width: 16, interpolation: bilinear}
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from inspect import Parameter, signature
from typing import Any

from pydantic import ValidationError, create_model
from pydantic_core import CoreSchema, core_schema

from kizu.parameters import Parameters

Function = Callable[..., Any]


@dataclass(frozen=True)
class Step:
    """A step of a list, its arguments checked.

    Attributes:
        name: the function's name in the parameters.
        function: called with the item and the arguments.
        arguments: by name.
    """

    name: str
    function: Function
    arguments: Mapping[str, Any] = field(default_factory=dict)

    def __call__(self, item: Any) -> Any:
        """Return the item after this step."""
        return self.function(item, **self.arguments)

    def listed(self) -> str | dict[str, dict[str, Any]]:
        """Return the step as it stands in a list of the parameters, every argument named."""
        return {self.name: dict(self.arguments)} if self.arguments else self.name

    @classmethod
    def __get_pydantic_core_schema__(cls, *_: Any) -> CoreSchema:
        # A run's record holds its parameters, and JSON has no functions.
        return core_schema.is_instance_schema(
            cls, serialization=core_schema.plain_serializer_function_ser_schema(cls.listed)
        )


def parse_steps(listed: Any, functions: Mapping[str, Function]) -> tuple[Step, ...]:
    """Return the steps of a list in the parameters.

    Used as the validator of a parameter::

        steps: Annotated[
            tuple[Step, ...], BeforeValidator(partial(parse_steps, functions=IMAGE_STEPS))
        ]

    Args:
        listed: names, and mappings of one name to its arguments.
        functions: those that may be named.

    Raises:
        ValueError: no list, an unknown step, or arguments that are missing, unknown, of another
            type or out of range; the message names the step's position and what is allowed.
    """
    if not isinstance(listed, Sequence) or isinstance(listed, str):
        raise ValueError(f"must be a list of steps; allowed: {', '.join(sorted(functions))}")
    return tuple(
        entry if isinstance(entry, Step) else _parse(number, entry, functions)
        for number, entry in enumerate(listed, start=1)
    )


def apply_steps(item: Any, steps: Iterable[Step]) -> Any:
    """Return the item after all steps, in order."""
    for step in steps:
        item = step(item)
    return item


def _parse(number: int, entry: Any, functions: Mapping[str, Function]) -> Step:
    name, arguments = _name_and_arguments(number, entry)
    if name not in functions:
        raise ValueError(
            f"step {number}: unknown step {name!r}; allowed: {', '.join(sorted(functions))}"
        )
    function = functions[name]
    fields: dict[str, Any] = {
        argument.name: (
            argument.annotation,
            ... if argument.default is Parameter.empty else argument.default,
        )
        for argument in signature(function).parameters.values()
        if argument.kind is Parameter.KEYWORD_ONLY
    }
    try:
        checked = create_model(name, __base__=Parameters, **fields)(**arguments)
    except ValidationError as error:
        problems = "; ".join(_problem(name, problem) for problem in error.errors())
        raise ValueError(
            f"step {number}: {problems} (arguments: {', '.join(sorted(fields)) or 'none'})"
        ) from error
    return Step(name, function, {key: getattr(checked, key) for key in fields})


def _name_and_arguments(number: int, entry: Any) -> tuple[str, Mapping[str, Any]]:
    if isinstance(entry, str):
        return entry, {}
    if isinstance(entry, Mapping) and len(entry) == 1:
        name, arguments = next(iter(entry.items()))
        if isinstance(name, str) and isinstance(arguments, Mapping):
            return name, arguments
    raise ValueError(f"step {number}: must be a name, or one name with its arguments; got {entry}")


def _problem(name: str, problem: Any) -> str:
    key = ".".join(map(str, (name, *problem["loc"])))
    if problem["type"] == "missing":
        return f"{key} is missing"
    if problem["type"] == "extra_forbidden":
        return f"{key} is unknown"
    message = problem["msg"]
    return f"{key} = {problem['input']!r}: {message[0].lower()}{message[1:]}"
