"""All generated ``dvc.yaml`` files of a project."""

from collections.abc import Iterator

from kizu.lineage.dvc_yaml import DvcYaml, dvc_yaml
from kizu.lineage.experiment_yaml import experiment_yaml
from kizu.lineage.experiments import experiment_names, load_experiment
from kizu.lineage.project import Project
from kizu.lineage.survey import survey


def generated_files(project: Project, env: str | None = None) -> Iterator[DvcYaml]:
    """Yield the file of a profile or, without one, the project's and those of its experiments.

    Raises:
        KizuError: the configuration or a description is wrong; every problem is named.
    """
    yield dvc_yaml(survey(project, env))
    if env is None:
        for name in experiment_names(project):
            yield experiment_yaml(load_experiment(project, name))
