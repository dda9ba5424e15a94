"""The types of parameters: the annotations of the nodes' arguments, as in Kedro 1.7."""

from collections.abc import Mapping, Sequence
from functools import cache
from inspect import signature, unwrap
from typing import Any, get_origin, get_type_hints

from kedro.pipeline.node import Node

from kizu.lineage.annotations import discriminator
from kizu.lineage.errors import KizuError
from kizu.lineage.overlays import Discriminator, Key
from kizu.lineage.project import Project
from kizu.lineage.stages import PARAMETERS, Stage, load_stage


def discriminators(project: Project) -> Discriminator:
    """Return what tells `kizu.lineage.overlays.overlay` where parameters choose a model.

    The stage that a group of parameters is named after tells; it is loaded when first asked about,
    so that a run of one stage need not import the others.
    """

    @cache
    def types_of(group: str) -> dict[str, Any]:
        return parameter_types([load_stage(project, group)] if group in project.stage_names else [])

    def at(key: Key) -> str | None:
        types = types_of(key[0])
        found = (
            discriminator(types[name], key[length:])
            for length in range(1, len(key) + 1)
            if (name := ".".join(key[:length])) in types
        )
        return next(filter(None, found), None)

    return at


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
