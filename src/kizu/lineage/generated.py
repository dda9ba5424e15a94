"""All generated ``dvc.yaml`` files of a project."""

from collections.abc import Iterator
from functools import cache

from kizu.lineage.dvc_yaml import DvcYaml, dvc_yaml
from kizu.lineage.experiment_yaml import experiment_yaml
from kizu.lineage.experiments import experiment_names, load_experiment
from kizu.lineage.imports import SourceTree
from kizu.lineage.project import Project
from kizu.lineage.survey import Survey, survey


def generated_files(project: Project, env: str | None = None) -> Iterator[DvcYaml]:
    """Yield the file of a profile or, without one, the project's and those of its experiments.

    Raises:
        KizuError: the configuration or a description is wrong; every problem is named.
    """
    tree = SourceTree(project.source, project.package)

    @cache
    def surveyed(profile: str | None) -> Survey:
        return survey(project, profile, tree)

    yield dvc_yaml(surveyed(env))
    if env is None:
        for name in experiment_names(project):
            experiment = load_experiment(project, name)
            yield experiment_yaml(experiment, surveyed(experiment.description.profile))
