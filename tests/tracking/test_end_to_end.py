"""DVC, the stages, the background process and MLflow together."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from kizu.lineage.dvc_yaml import dvc_yaml
from kizu.lineage.project import Project
from kizu.lineage.survey import survey
from kizu.tracking.spool import Spool

pytestmark = pytest.mark.slow

Dvc = Callable[..., str]


@pytest.fixture
def dvc(project: Project, monkeypatch: pytest.MonkeyPatch) -> Dvc:
    """Runs DVC in the project, as a user does, and waits for the records to be sent."""
    monkeypatch.delenv("KIZU_SYNC")
    monkeypatch.setenv("DVC_NO_ANALYTICS", "1")
    programs = Path(sys.executable).parent
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    for name, value in {"NAME": "A", "EMAIL": "a@example.org"}.items():
        monkeypatch.setenv(f"GIT_AUTHOR_{name}", value)
        monkeypatch.setenv(f"GIT_COMMITTER_{name}", value)

    def run(*arguments: str) -> str:
        command = [sys.executable, "-m", *arguments]
        result = subprocess.run(command, cwd=project.root, capture_output=True, text=True)
        assert result.returncode == 0, result.stderr
        spool, deadline = Spool(project.root), time.monotonic() + 120
        while spool.sessions():
            assert time.monotonic() < deadline, (spool.folder / "sync.log").read_text()
            time.sleep(0.2)
        return result.stdout + result.stderr

    dvc_yaml(survey(project)).write()
    run("dvc", "init", "-q")
    commit(project)
    return run


def commit(project: Project) -> None:
    for command in (["add", "."], ["commit", "-q", "-m", "State"]):
        subprocess.run(["git", *command], cwd=project.root, check=True)


def set_rate(project: Project, rate: float) -> None:
    file = project.conf / "base" / "parameters.yml"
    parameters = yaml.safe_load(file.read_text())
    parameters["train"]["rate"] = rate
    file.write_text(yaml.safe_dump(parameters))


def stages(run: Any) -> dict[str, str]:
    return json.loads(run.data.tags["kizu.stages"])


def test_plain_repros_are_parents_with_a_child_for_every_stage(
    project: Project, dvc: Dvc, runs: Any
) -> None:
    dvc("dvc", "repro")
    commit(project)
    (first,) = runs.parents()
    assert first.info.run_name == "dvc repro"
    assert stages(first) == dict.fromkeys(("numbers", "train", "show"), "finished")
    assert first.data.tags["git.dirty"] == "false"
    lock = yaml.safe_load((project.root / "dvc.lock").read_text())
    train = runs.children(first)["train"]
    for out in lock["stages"]["train"]["outs"]:
        assert train.data.tags[f"dvc.output.{out['path']}"] == out["md5"]
    assert (project.root / "data/published/report.html").exists()

    dvc("dvc", "repro")
    assert len(runs.parents()) == 1

    set_rate(project, 0.25)
    dvc("dvc", "repro")
    second = runs.parents()[-1]
    assert stages(second) == {"numbers": "cached", "train": "finished", "show": "finished"}
    made_by = runs.children(second)["numbers"].data.tags["kizu.made_by"]
    assert made_by == runs.children(first)["numbers"].info.run_id

    # Everything comes out of DVC's cache: no process of ours runs, so the next sync tells.
    set_rate(project, 0.5)
    assert "cached" in dvc("dvc", "repro")
    dvc("kizu", "sync")
    third = runs.parents()[-1]
    assert stages(third) == dict.fromkeys(("numbers", "train", "show"), "cached")
    made_by = runs.children(third)["train"].data.tags["kizu.made_by"]
    assert made_by == train.info.run_id


def test_experiments_are_kept_in_the_project(project: Project, dvc: Dvc, runs: Any) -> None:
    dvc("dvc", "repro", "-q")
    commit(project)
    setting = "conf/base/parameters.yml:train.steps"
    dvc("dvc", "exp", "run", "--temp", "-n", "fast-fox", "-S", f"{setting}=5")
    dvc("dvc", "exp", "run", "-n", "slow-owl", "-S", f"{setting}=7")
    _, fox, owl = runs.parents()
    for run, name, steps in ((fox, "fast-fox", "5"), (owl, "slow-owl", "7")):
        assert run.info.run_name == run.data.tags["dvc.experiment"] == name
        assert stages(run) == {"numbers": "cached", "train": "finished", "show": "finished"}
        assert runs.children(run)["train"].data.params["train.steps"] == steps


def test_kizu_repro_ends_with_a_summary(project: Project, dvc: Dvc, runs: Any) -> None:
    output = dvc("kizu", "repro")
    assert "accuracy 0.75" in output
    assert "data/published/report.html" in output
    (parent,) = runs.parents()
    assert parent.info.run_name == "kizu repro"
    assert sorted(runs.children(parent)) == ["numbers", "show", "train"]


def test_kedro_run_is_a_parent_with_its_stages(project: Project, dvc: Dvc, runs: Any) -> None:
    dvc("kedro", "run")
    (parent,) = runs.parents()
    assert parent.info.run_name == "kedro run"
    assert sorted(runs.children(parent)) == ["numbers", "show", "train"]
