"""All that is known about a project without running it: stages, configuration, code."""

from collections.abc import Mapping
from dataclasses import dataclass

from kizu.lineage.catalog import CatalogEntry, read_catalog
from kizu.lineage.checks import find_problems
from kizu.lineage.configuration import config_loader
from kizu.lineage.errors import KizuError
from kizu.lineage.imports import Closure, SourceTree
from kizu.lineage.parameters import validated_parameters
from kizu.lineage.project import BASE, Project
from kizu.lineage.stages import Stage, code_roots, in_order, load_stages


@dataclass(frozen=True)
class Survey:
    """A project under one profile, checked.

    Attributes:
        project: the project.
        env: the profile; None for the default.
        stages: all stages, each after those that make its inputs.
        catalog: the catalog's entries by name.
        code: by stage, the first-party files that it reaches.
    """

    project: Project
    env: str | None
    stages: tuple[Stage, ...]
    catalog: Mapping[str, CatalogEntry]
    code: Mapping[str, Closure]


def survey(project: Project, env: str | None = None, tree: SourceTree | None = None) -> Survey:
    """Read and check a project under the profile ``env``.

    Args:
        project: the project.
        env: the profile that overlays ``conf/base``.
        tree: the project's modules, where several surveys can share what they find in them.

    Raises:
        KizuError: a parameter is wrong, or something would let a result change without DVC seeing
            it (see `kizu.lineage.checks`); every problem is named.
    """
    config = config_loader(project, env)
    stages = load_stages(project)
    validated_parameters(project, stages, config["parameters"], env)
    catalog = read_catalog(config)
    tree = tree or SourceTree(project.source, project.package)
    entries = {name: entry.config for name, entry in catalog.items()}
    code = {stage.name: tree.closure(code_roots(project, stage, entries)) for stage in stages}
    if problems := find_problems(project, stages, catalog, code, env):
        lines = "\n".join(f"  {problem}" for problem in problems)
        raise KizuError(f"DVC could not see every change:\n{lines}", "correct what is named above")
    return Survey(project, None if env == BASE else env, tuple(in_order(stages)), catalog, code)
