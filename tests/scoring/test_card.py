"""A model of another version is told apart."""

import json
import shutil

import pytest

from kizu.lineage.errors import KizuError
from kizu.scorer_files import folder_files
from kizu.scorers import read_scorer
from kizu.scoring.card import FORMAT, read_card
from kizu.scoring.errors import ModelVersionError, ScoringError


def test_another_format(train):
    card = json.loads((train("images").folder / "scorer.json").read_text())
    with pytest.raises(
        ModelVersionError, match=rf"kizu 9\.0 in format {FORMAT + 1}.*format {FORMAT}"
    ):
        read_card(card | {"format": FORMAT + 1, "kizu": "9.0", "unheard": "of"})


@pytest.mark.parametrize("change", [{"modality": "smells"}, {"detectors": None}, {"more": 1}])
def test_no_card(train, change):
    card = json.loads((train("images").folder / "scorer.json").read_text())
    with pytest.raises(ScoringError, match=f"cannot be read: Card: {next(iter(change))}"):
        read_card(card | change)


def test_a_folder_is_checked_as_a_whole(train, tmp_path):
    folder = tmp_path / "model"
    shutil.copytree(train("images").folder, folder)
    card = json.loads((folder / "scorer.json").read_text())
    (folder / "scorer.json").write_text(json.dumps(card | {"format": 0}))
    with pytest.raises(KizuError, match="format 0"):
        read_scorer(folder_files(folder))
    (folder / "scorer.json").write_text(json.dumps(card | {"detectors": ["anogan"]}))
    with pytest.raises(KizuError, match="anogan"):
        read_scorer(folder_files(folder))
    (folder / "scores.parquet").unlink()
    with pytest.raises(KizuError, match=r"scores\.parquet is missing"):
        folder_files(folder)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"parameters": {"order": 2, "depth": 9}}, "NgramParameters: "),
        ({"parameters": None}, "NgramParameters: "),
        ({"shape": None}, r"\("),
    ],
)
def test_detectors_of_another_version(train, tmp_path, change, reason):
    folder = tmp_path / "model"
    shutil.copytree(train("text").folder, folder)
    path = folder / "detectors" / "config.json"
    config = json.loads(path.read_text())
    path.write_text(json.dumps(config | {"ngram": config["ngram"] | change}))
    with pytest.raises(KizuError, match=f"saved by kizu .* which cannot read it .*{reason}"):
        read_scorer(folder_files(folder))
