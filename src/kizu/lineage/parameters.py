"""Typed parameters: the whole configuration is checked before anything runs.

The types are those of `kizu.lineage.parameter_types`. Every problem names the file and line that
decide the value, the dotted key, the value and what is allowed, and all problems come at once.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import TypeAdapter, ValidationError

from kizu.lineage.conf_files import conf_files
from kizu.lineage.parameter_problems import MISSING, ParameterProblems, select
from kizu.lineage.parameter_types import parameter_types
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
