"""Typed parameters: the whole configuration is checked before anything runs.

The types are the annotations of the nodes' arguments, as in Kedro 1.7 (`kedro.validation`). Here
every problem names the file and line that decide the value, the dotted key, the value and what is
allowed, and all problems come at once.
"""

from collections.abc import Mapping, Sequence
from inspect import signature, unwrap
from typing import Any, get_origin, get_type_hints

from kedro.pipeline.node import Node
from pydantic import TypeAdapter, ValidationError

from kizu.lineage.conf_files import conf_files
from kizu.lineage.errors import KizuError
from kizu.lineage.parameter_problems import MISSING, ParameterProblems, select
from kizu.lineage.project import Project
from kizu.lineage.stages import PARAMETERS, Stage


def validated_parameters(
    project: Project, stages: Sequence[Stage], raw: Mapping[str, Any], env: str | None = None
) -> dict[str, Any]:
    """Check the parameters that the stages read and return them as the nodes take them.

    Args:
        project: the project.
        stages: the stages whose nodes tell the types.
        raw: the merged parameters, as Kedro's configuration loader gives them.
        env: the profile that overlays ``conf/base``; tells which files to name.

    Returns:
        The value of every dataset ``params:<key>`` that a node of the stages reads.

    Raises:
        KizuError: a key is unknown or missing, or a value has a wrong type or range.
    """
    annotations = parameter_types(stages)
    problems = ParameterProblems(conf_files(project, "parameters", env), raw)
    groups = sorted({key.split(".")[0] for key in annotations} | {*project.stage_names})
    for group in sorted(raw.keys() - {*groups}):
        problems.add_unknown((group,), groups)
    values = {}
    for name, annotation in annotations.items():
        key = tuple(name.split("."))
        value = select(raw, key)
        if value is MISSING:
            problems.add_missing_group(key)
            continue
        try:
            values[PARAMETERS + name] = TypeAdapter(annotation).validate_python(value)
        except ValidationError as error:
            problems.add_invalid(key, annotation, error)
    problems.raise_if_any()
    return values


def parameter_types(stages: Sequence[Stage]) -> dict[str, Any]:
    """Return the annotation of every parameter that a node reads, by dotted key, sorted.

    `Any` stands for a parameter that nodes take as it is: without an annotation, or annotated as a
    plain mapping, as a report does that shows the parameters of other stages.

    Raises:
        KizuError: two nodes annotate one key differently, or an annotation cannot be resolved.
    """
    found: dict[str, Any] = {}
    for node in (node for stage in stages for node in stage.pipeline.nodes):
        for dataset, annotation in parameter_annotations(node).items():
            key = dataset.removeprefix(PARAMETERS)
            known = found.setdefault(key, annotation)
            if known is Any:
                found[key] = annotation
            elif annotation not in (Any, known):
                raise KizuError(
                    f"the node '{node.name}' declares the parameter '{key}' as {annotation}, "
                    f"another node as {known}.",
                    "annotate both with the same type",
                )
    return dict(sorted(found.items()))


def parameter_annotations(node: Node) -> dict[str, Any]:
    """Return the annotation of each ``params:<key>`` that a node reads (see `parameter_types`).

    Raises:
        KizuError: an annotation cannot be resolved.
    """
    try:
        hints = get_type_hints(unwrap(node.func), include_extras=True)
    except NameError as error:
        raise KizuError(
            f"the annotations of the node '{node.name}' cannot be resolved: {error}.",
            "annotate with names that its module imports at the top, or with Any",
        ) from error
    bound = signature(node.func).bind(*node.inputs).arguments
    read = {
        dataset: hints.get(argument, Any)
        for argument, datasets in bound.items()
        for dataset in (datasets if isinstance(datasets, tuple) else (datasets,))
        if dataset.startswith(PARAMETERS)
    }
    return {name: Any if _is_mapping(kind) else kind for name, kind in read.items()}


def _is_mapping(annotation: Any) -> bool:
    origin = get_origin(annotation) or annotation
    return isinstance(origin, type) and issubclass(origin, Mapping)
