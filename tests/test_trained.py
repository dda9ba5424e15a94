"""Finding trained networks: in the workspace, in a folder, by the run that made them."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kizu import trained
from kizu.datasets.model import ModelDataset
from kizu.lineage.errors import KizuError
from kizu.lineage.hashing import content_hash
from kizu.lineage.project import Project

NETWORKS = {"gan": "generator", "diffusion": "network"}
FOLDERS = {stage: f"data/06_models/{stage}" for stage in NETWORKS}


def save(folder: Path, network: str, value: float) -> None:
    tensors = {f"{network}.weight": np.full(3, value, np.float32)}
    ModelDataset(filepath=str(folder)).save({"config": {network: {}}, "tensors": tensors})


def value(model: Any) -> float:
    (tensor,) = model["tensors"].values()
    return float(tensor[0])


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project that knows both stages, and a profile; one of them has a model."""
    (tmp_path / "pyproject.toml").write_text('[tool.kedro]\npackage_name = "kizu"\n')
    for profile in ("base", "photos"):
        (tmp_path / "conf" / profile).mkdir(parents=True)
    for stage, folder in FOLDERS.items():
        catalog = tmp_path / "conf" / "base" / f"catalog_{stage}.yml"
        catalog.write_text(f"{stage}_model: {{filepath: {folder}}}\n")
    save(tmp_path / FOLDERS["gan"], "generator", 1.0)
    return Project.at(tmp_path)


def test_the_first_stage_that_has_a_model_is_taken(project):
    assert value(trained.load_trained(project, NETWORKS)) == 1.0
    save(project.root / FOLDERS["diffusion"], "network", 2.0)
    assert value(trained.load_trained(project, NETWORKS)) == 1.0
    assert value(trained.load_trained(project, {"diffusion": "network"})) == 2.0
    shutil.rmtree(project.root / FOLDERS["gan"])
    assert value(trained.load_trained(project, NETWORKS)) == 2.0
    with pytest.raises(KizuError, match="06_models/gan holds no saved model"):
        trained.load_trained(project, {"gan": "generator"})


def test_a_profile_has_models_of_its_own(project):
    save(project.root / "data/photos/06_models/gan", "generator", 3.0)
    assert value(trained.load_trained(project, NETWORKS, env="photos")) == 3.0


def test_a_folder_is_a_run(project, tmp_path):
    save(tmp_path / "other", "generator", 4.0)
    assert value(trained.load_trained(project, NETWORKS, run=str(tmp_path / "other"))) == 4.0


def test_a_run_whose_model_lies_in_the_workspace(project, monkeypatch):
    recorded = FOLDERS["gan"], content_hash(project.root / FOLDERS["gan"])
    monkeypatch.setattr(trained, "_recorded", lambda *_: recorded)
    assert value(trained.load_trained(project, NETWORKS, run="some run")) == 1.0


def test_a_run_whose_model_only_the_cache_has(project, monkeypatch):
    folder = project.root / FOLDERS["gan"]
    recorded = FOLDERS["gan"], content_hash(folder)
    for command in (["init", "--no-scm", "-q"], ["add", "-q", str(folder)]):
        subprocess.run([sys.executable, "-m", "dvc", *command], cwd=project.root, check=True)
    shutil.rmtree(folder)
    monkeypatch.setattr(trained, "_recorded", lambda *_: recorded)
    assert value(trained.load_trained(project, NETWORKS, run="some run")) == 1.0

    shutil.rmtree(project.root / ".dvc" / "cache")
    with pytest.raises(KizuError, match=r"cache has no folder") as failure:
        trained.load_trained(project, NETWORKS, run="some run")
    assert "dvc pull" in str(failure.value)


def test_another_stages_model_is_told_apart(project, tmp_path):
    save(tmp_path / "other", "judge", 5.0)
    with pytest.raises(KizuError, match="holds no model of the stage gan or diffusion, but judge"):
        trained.load_trained(project, NETWORKS, run=str(tmp_path / "other"))
