"""This project itself: its stages, their code, and the checked-in dvc.yaml."""

from pathlib import Path

import pytest

from kizu.lineage.dvc_yaml import dvc_yaml
from kizu.lineage.project import Project
from kizu.lineage.survey import Survey, survey

ROOT = Path(__file__).parents[2]
MACHINERY = ("cli.py", "settings.py", "pipeline_registry.py", "lineage", "tracking")


@pytest.fixture(scope="module")
def surveyed() -> Survey:
    return survey(Project.at(ROOT))


def test_dvc_yaml_is_up_to_date(surveyed):
    assert dvc_yaml(surveyed).difference() == ""


def test_stages_are_the_registered_pipelines(surveyed):
    from kedro.framework.project import configure_project, pipelines

    configure_project("kizu")
    assert {stage.name for stage in surveyed.stages} | {"__default__"} == set(pipelines)


def test_no_stage_depends_on_what_runs_it(surveyed):
    package = surveyed.project.package_folder
    for name, code in surveyed.code.items():
        rooms = {path.relative_to(package).parts[0] for path in code.files}
        assert not rooms & {*MACHINERY}, name


def test_each_stage_depends_on_its_own_code_and_on_no_other_stage(surveyed):
    pipelines = surveyed.project.package_folder / "pipelines"
    for name, code in surveyed.code.items():
        inside = [path for path in code.files if path.is_relative_to(pipelines)]
        folders = [path.relative_to(pipelines).parts[:-1] for path in inside]
        # What lies beside the stages' folders is shared.
        assert {folder[0] for folder in folders if folder} == {name}


def test_the_template_is_a_dependency_of_the_report_alone(surveyed):
    template = surveyed.project.package_folder / "reporting" / "templates" / "report.css"
    assert [name for name, code in surveyed.code.items() if template in code.files] == ["report"]
