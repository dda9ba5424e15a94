import subprocess
from pathlib import Path

import pytest

from kizu.lineage.project import Project
from kizu.tracking.git import source_of


def test_a_clean_commit(project: Project) -> None:
    source = source_of(project.root)
    head = ["git", "rev-parse", "HEAD"]
    commit = subprocess.run(head, cwd=project.root, capture_output=True, text=True).stdout.strip()
    assert (source.commit, source.dirty, source.problem) == (commit, False, None)


@pytest.mark.parametrize("name", ["conf/base/parameters.yml", "src/toy/new.py"])
def test_changed_and_new_files_are_dirt(project: Project, name: str) -> None:
    (project.root / name).write_text("changed: 1\n")
    assert source_of(project.root).dirty


@pytest.mark.parametrize("name", ["dvc.lock", "conf/mnist/dvc.lock", "data/values.json"])
def test_what_the_pipeline_itself_writes_is_no_dirt(project: Project, name: str) -> None:
    path = project.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("made")
    assert not source_of(project.root).dirty


def test_outside_a_repository_there_is_no_commit(tmp_path: Path) -> None:
    source = source_of(tmp_path)
    assert source.commit is None
    assert "not in a git repository" in str(source.problem)


def test_before_the_first_commit(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    source = source_of(tmp_path)
    assert source.commit is None
    assert "no commit yet" in str(source.problem)


def test_without_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "could not be asked" in str(source_of(tmp_path).problem)
