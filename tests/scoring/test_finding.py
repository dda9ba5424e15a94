"""Trained scorers found and used: `kizu score`, `kizu.load_detector`."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from click.testing import CliRunner

import kizu
from kizu import scorer_files, scorers
from kizu.cli import main
from kizu.lineage.errors import KizuError
from kizu.lineage.hashing import content_hash
from kizu.scorer_files import folder_files
from kizu.scoring.card import MODALITIES

ROOT = Path(__file__).parents[2]


def run(*arguments: object) -> Any:
    return CliRunner().invoke(main, ["score", *map(str, arguments)])


def scores(folder: str = "scores") -> pd.DataFrame:
    return pd.read_csv(Path(folder, "scores.csv"))


@pytest.mark.parametrize("modality", ["images", "tables"])
def test_scores_what_it_finds(project, train, modality):
    trained = train(modality)
    trained.put(project, modality)
    result = run(trained.source)
    assert result.exit_code == 0, result.output
    table = scores()
    assert f"{len(table):,} {trained.scorer.reader.noun}s scored, {table['flag'].sum()}" in (
        result.output
    )
    expected = kizu.load_detector(modality).score(trained.source)
    for name in expected.select_dtypes(float):
        np.testing.assert_allclose(table[name], expected[name], rtol=1e-9)


def test_exit_code_3_lists_what_was_rejected(project, train):
    train("images").put(project, "images")
    Path("new").mkdir()
    Path("new/empty.png").touch()
    shutil.copy(sorted(train("images").source.rglob("*.png"))[0], "new/good.png")
    result = run("new", "--out", "out")
    assert result.exit_code == 3
    assert "1 image scored" in result.output
    assert "rejected: empty.png: is empty" in result.output
    assert "out/rejects.csv lists all" in result.output
    assert len(scores("out")) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["absent"], "there is no file and no folder absent"),
        (["empty"], "the folder empty is empty"),
        (["empty", "--modality", "images"], "the folder empty is empty"),
        (["mixed"], "say which with --modality: images, audio"),
        (["mixed", "--modality", "audio"], "there is no trained model of audio"),
        (["mixed", "--modality", "audio"], "kizu repro detect_audio"),
        (["mixed", "--modality", "images", "--env", "mnist"], "detect_images --env mnist"),
        (["mixed", "--modality", "smells"], "'smells' is not one of"),
        (["mixed", "--run", "empty"], "empty holds no trained scorer"),
        (["mixed", "--fdr", "1"], "1.0 is not in the range"),
        (["mixed", "--modality", "images", "--env", "moon"], "there is no profile 'moon'"),
        (["mixed", "--modality", "images", "--out", "mixed/out"], "would be scored the next time"),
    ],
)
def test_says_what_is_wrong(project, train, arguments, message):
    train("images").put(project, "images")
    Path("empty").mkdir()
    Path("mixed").mkdir()
    Path("mixed/a.png").touch()
    Path("mixed/b.wav").touch()
    result = run(*arguments)
    assert result.exit_code in (1, 2)
    assert message in result.output
    assert not Path("scores").exists()


def test_a_model_of_another_version(project, train):
    train("images").put(project, "images")
    path = project.root / "data/06_models/detect_images/scorer.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": 99, "kizu": "7.1"}))
    result = run(train("images").source)
    assert result.exit_code == 1
    assert "saved by kizu 7.1 in format 99" in result.output
    assert not Path("scores").exists()


def test_a_profile_has_its_own_scorer(project, train):
    train("images").put(project, "images", "data/mnist")
    result = run(train("images").source, "--modality", "images", "--env", "mnist")
    assert result.exit_code == 0, result.output


def test_a_folder_is_a_run(project, train):
    result = run(train("tables").source, "--run", train("tables").folder)
    assert result.exit_code == 0, result.output
    assert len(scores()) == len(train("tables").places)


def test_a_run_is_scored_with_as_it_was(project, train, monkeypatch):
    trained = train("tables")
    trained.put(project, "tables")
    paths = scorer_files.catalog_paths("tables", project, None)
    digests = {path: content_hash(project.root / path, project.root) for path in paths.values()}
    kept = {digests[paths[role]]: path for role, path in folder_files(trained.folder).items()}
    restored = []

    def restore(root, digest, destination):
        restored.append(digest)
        (shutil.copytree if kept[digest].is_dir() else shutil.copyfile)(kept[digest], destination)

    monkeypatch.setattr("kizu.lineage.dvc_cache.restore", restore)
    monkeypatch.setattr(scorer_files, "_recorded", lambda *_: digests)
    shutil.rmtree(project.root / paths["detectors"])  # changed since, and gone
    (project.root / paths["anomaly_scores"]).write_bytes(b"of another run")
    found = scorers.load_scorer("tables", project, run="some run")
    pd.testing.assert_frame_equal(
        found.score(trained.columns), trained.scorer.score(trained.columns)
    )
    assert restored == [digests[paths["detectors"]], digests[paths["anomaly_scores"]]]
    monkeypatch.setattr(scorer_files, "_recorded", lambda *_: {"data/else": "1"})
    with pytest.raises(KizuError, match="made before models could score new data"):
        scorers.load_scorer("tables", project, run="some run")


def test_a_run_tells_its_modality(project, monkeypatch):
    made = {"parent": ["detect_images", "detect_text"], "stage": ["detect_text"]}
    store = SimpleNamespace(named=lambda run, stage: [0] * (stage in made.get(run, [])))
    monkeypatch.setattr("kizu.tracking.store.Store.connect", lambda root: store)
    assert scorer_files.run_modality(project, "stage") == "text"
    with pytest.raises(KizuError, match="trained models of images, text"):
        scorer_files.run_modality(project, "parent")
    with pytest.raises(KizuError, match="'nobody' is neither a folder nor a run"):
        kizu.load_detector("nobody")


def test_what_is_trusted_is_what_the_catalog_trusts():
    entries: dict[str, Any] = {}
    for path in (ROOT / "conf" / "base").glob("catalog*.yml"):
        entries |= yaml.safe_load(path.read_text())
    for modality in MODALITIES:
        names = scorer_files.dataset_names(modality)
        for role in names.keys() & {"estimators", "transform"}:
            trusted = tuple(entries[names[role]].get("trusted", ()))
            assert trusted == tuple(scorers.TRUSTED.get(names[role], ()))


def test_kizu_is_imported_quickly():
    heavy = "{'torch', 'pandas', 'sklearn', 'kedro', 'mlflow', 'numpy'}"
    code = f"import sys, kizu; print({heavy} & set(sys.modules))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "set()"
    with pytest.raises(AttributeError, match="no attribute 'detector'"):
        _ = kizu.detector


def test_a_model_of_another_modality_is_refused(project, train):
    folder = train("images").folder
    result = run(train("tables").source, "--modality", "tables", "--run", folder)
    assert result.exit_code == 1
    assert f"{folder} holds a model of images, but the modality asked for is tables" in (
        result.output
    )
    with pytest.raises(KizuError, match="holds a model of images"):
        kizu.load_detector(folder, modality="audio")
    with pytest.raises(KizuError, match="'text' asks for a model of text"):
        kizu.load_detector("text", modality="audio")
    assert not Path("scores").exists()


@pytest.mark.parametrize(
    "name", ["scorer.json", "detectors/model.safetensors", "estimators.skops", "scores.parquet"]
)
def test_a_damaged_model_is_a_sentence(project, train, tmp_path, name):
    folder = tmp_path / "model"
    shutil.copytree(train("images").folder, folder)
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[: len(content) // 2])
    result = run(train("images").source, "--run", folder)
    assert result.exit_code == 1
    assert f"the model in {folder} cannot be read: " in result.output
    assert "train it again" in result.output


def test_a_run_of_one_modality_says_what_the_files_are(project, train, monkeypatch):
    monkeypatch.setattr(scorers, "run_modalities", lambda *_: ["text"])
    loaded = []
    monkeypatch.setattr(scorers, "load_scorer", lambda modality, *_, **__: loaded.append(modality))
    Path("readings.csv").write_text("a,b\n1,2\n")  # tables as well as text, by its name
    scorers.scorer_for(Path("readings.csv"), None, run="some run", env=None)
    assert loaded == ["text"]
