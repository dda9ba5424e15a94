"""What is wrong with a parameter, in one line: file, line, dotted key, value, what is allowed."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, get_args, get_origin

from pydantic import ValidationError

from kizu.lineage.annotations import is_model, members
from kizu.lineage.conf_files import ConfFile, Key, defining_file
from kizu.lineage.errors import KizuError, guess
from kizu.lineage.project import BASE

COMMAND_LINE = "--params"
"""The source named for a value that no file defines: ``kedro run --params gan.steps=10``."""

LONGEST_VALUE = 60


class ParameterProblems:
    """Collects the problems of one configuration, to report them all at once.

    Args:
        files: the parameter files, later ones overriding earlier ones.
        raw: the merged parameters.
    """

    def __init__(self, files: Sequence[ConfFile], raw: Mapping[str, Any]) -> None:
        self._files = files
        self._raw = raw
        self._lines: list[str] = []

    def add(self, key: Key, text: str) -> None:
        """Note a problem of the value at ``key``; ``text`` follows the key."""
        self._lines.append(f"{self._where(key)}: {dotted(key)}{text}")

    def add_missing(self, key: Key) -> None:
        """Note that a group lacks a key.

        The last file that says something of the group is named: one below it may have the key, for
        another model.
        """
        self._lines.append(f"{self._where(key[:-1])}: {dotted(key)}: missing")

    def add_unknown(self, key: Key, allowed: Sequence[str]) -> None:
        """Note a key that nothing reads; ``allowed`` are the keys in its place."""
        meant = guess(str(key[-1]), allowed)
        self.add(key, f": unknown key; {meant}allowed: {', '.join(allowed) or 'none'}")

    def add_missing_group(self, key: Key) -> None:
        """Note a key that a node reads and no file holds."""
        where = f"conf/{BASE}/parameters_{key[0]}.yml"
        self._lines.append(f"{where}: {dotted(key)}: missing; a node reads it")

    def add_invalid(self, prefix: Key, annotation: Any, error: ValidationError) -> None:
        """Note what pydantic found in the value at ``prefix``, declared as ``annotation``."""
        for problem in error.errors(include_url=False):
            location, kind = problem["loc"], problem["type"]
            if kind not in ("extra_forbidden", "missing"):
                key = (*prefix, *self._real(prefix, location))
                self.add(key, f" = {_shown(problem['input'])}: {_sentence(problem['msg'])}")
                continue
            group, name = location[:-1], location[-1]
            key = (*prefix, *self._real(prefix, group), name)
            if kind == "missing":
                self.add_missing(key)
            else:
                self.add_unknown(key, _field_names(annotation, group))

    def raise_if_any(self) -> None:
        """Raise what was collected.

        Raises:
            KizuError: at least one problem was noted; one line each.
        """
        if not self._lines:
            return
        count = len(self._lines)
        lines = "\n".join(f"  {line}" for line in self._lines)
        raise KizuError(
            f"{count} parameter{'s are' if count > 1 else ' is'} wrong:\n{lines}",
            "correct the lines named above; nothing has run",
        )

    def _where(self, key: Key) -> str:
        found = defining_file(self._files, key)
        return f"{found[0].name}:{found[1]}" if found else COMMAND_LINE

    def _real(self, prefix: Key, location: Key) -> Key:
        """Drop the parts of pydantic's location that name a type and not a key (of unions)."""
        value, real = select(self._raw, prefix), []
        for part in location:
            child = _child(value, part)
            if child is not MISSING:
                value = child
                real.append(part)
        return tuple(real)


MISSING = object()


def select(value: Any, key: Key) -> Any:
    """Return what lies at ``key`` inside nested mappings and lists, or `MISSING`."""
    for part in key:
        value = _child(value, part)
    return value


def _child(value: Any, part: str | int) -> Any:
    if isinstance(value, Mapping):
        return value.get(part, MISSING)
    if isinstance(value, list) and isinstance(part, int) and part < len(value):
        return value[part]
    return MISSING


def dotted(key: Key) -> str:
    """Write a key as users do: ``gan.layers[2].width``."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in key)
    return "".join(parts).removeprefix(".")


def _shown(value: Any) -> str:
    text = f'"{value}" (text)' if isinstance(value, str) else repr(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"


def _sentence(message: str) -> str:
    for start, replacement in (("Input should be ", "must be "), ("Value error, ", "")):
        if message.startswith(start):
            return replacement + message.removeprefix(start)
    return message


def _field_names(annotation: Any, location: Key) -> list[str]:
    """Return the fields of the model that lies at ``location`` inside ``annotation``, sorted."""
    for part in location:
        annotation = _step(annotation, part)
    models = [model for model in members(annotation) if is_model(model)]
    return sorted({name for model in models for name in model.model_fields})


def _step(annotation: Any, part: str | int) -> Any:
    for member in members(annotation):
        if getattr(member, "__name__", None) == part or part in _tags(member):
            return member
        if is_model(member) and part in member.model_fields:
            return member.model_fields[str(part)].annotation
        if get_origin(member) in (list, tuple, dict):
            return get_args(member)[-1]
    return Any


def _tags(annotation: Any) -> set[Any]:
    """Return the words that pick this model among those of a tagged union."""
    if not is_model(annotation):
        return set()
    literals = (
        member
        for field in annotation.model_fields.values()
        for member in members(field.annotation)
        if get_origin(member) is Literal
    )
    return {tag for literal in literals for tag in get_args(literal)}
