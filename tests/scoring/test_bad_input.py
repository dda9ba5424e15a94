"""What cannot be scored is listed with a reason, and nothing is lost."""

import importlib
import re
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kizu.preprocessing.table_distributions import describe_distribution
from kizu.preprocessing.table_plan import ColumnPlan
from kizu.scoring.audio.reader import AudioReader
from kizu.scoring.audio.recipe import AudioRecipe
from kizu.scoring.errors import ScoringError
from kizu.scoring.files import find_files
from kizu.scoring.images.reader import ImageReader
from kizu.scoring.images.recipe import ImageRecipe
from kizu.scoring.score_path import score_path
from kizu.scoring.tables.reader import TableReader
from kizu.scoring.tables.recipe import TableRecipe
from kizu.scoring.text.reader import TextReader
from kizu.scoring.text.recipe import TextRecipe
from kizu.sources.files import Reject

CORPUS = Path(__file__).parents[1] / "broken_files"
sys.path.insert(0, str(CORPUS))
MODULES = {
    modality: importlib.import_module(f"{name}_cases")
    for modality, name in (
        ("images", "image"),
        ("audio", "audio"),
        ("tables", "table"),
        ("text", "text"),
    )
}
# An archive is unpacked by a stage that ingests it; here it is a file like any other.
CASES = [
    (modality, case)
    for modality, module in MODULES.items()
    for case in module.CASES
    # Nor is a label missed.
    if case.name != "an empty label"
    and not (modality == "images" and re.search("archive|zip|tar|folder", case.name))
]


class _Passes:
    """A fitted transform of two columns that are numbers already."""

    def transform(self, frame: pd.DataFrame) -> np.ndarray:
        return np.zeros((len(frame), 3))


def plan(name, encoding, levels=()):
    return ColumnPlan(
        name, "number", "", encoding, "", levels, "none", "", 0, describe_distribution(np.arange(9))
    ).as_dict()


@pytest.fixture(scope="module")
def readers(shrunk_parameters):
    """A reader of each modality, as the default stages read."""
    images, audio, text = (shrunk_parameters[name] for name in ("images", "audio", "text"))
    word = {"name": "word", "versions": {}}
    vocabulary = {"tokens": ["<unk>", "<pad>"], "counts": [0, 0]}
    return {
        "images": ImageReader(
            ImageRecipe(
                checks=MODULES["images"].CHECKS,
                channels=images["channels"],
                steps=images["steps"],
                shape=(1, 16, 16),
            )
        ),
        "audio": AudioReader(
            AudioRecipe(
                checks=MODULES["audio"].CHECKS,
                steps=audio["steps"],
                log_mel=audio["log_mel"],
                rate=8000,
                shape=(40, 63),
            )
        ),
        "tables": TableReader(
            TableRecipe(
                checks=MODULES["tables"].CHECKS,
                columns=[plan("size", "number"), plan("kind", "one_hot", ("傷", "other"))],
            ),
            _Passes(),
        ),
        "text": TextReader(
            TextRecipe(
                checks=MODULES["text"].CHECKS,
                layout=MODULES["text"].LAYOUT,
                steps=text["steps"],
                tokenizer=word,
                token_steps=[],
                vocabulary=vocabulary,
                lines_before=1,
                length=8,
            )
        ),
    }


@pytest.mark.parametrize(
    ("modality", "case"), CASES, ids=[f"{modality}: {case.name}" for modality, case in CASES]
)
def test_every_broken_file_is_listed_and_every_odd_one_is_read(
    modality, case, readers, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    source = tmp_path / "source"
    source.mkdir()
    (tmp_path / "work").mkdir()  # where a link leads
    case.make(source)
    MODULES[modality].make_good(source)
    found = list(readers[modality].read(find_files(source)))
    rejects = [item for item in found if isinstance(item, Reject)]
    chunks = [item for item in found if not isinstance(item, Reject)]
    files = {file for chunk in chunks for file in chunk.files}
    assert any("good" in file for file in files), "the good file was lost"
    for chunk in chunks:
        assert len(chunk.items) == len(chunk.files) > 0
    if case.outcome == "accepted":
        assert rejects == []
        assert any("good" not in file for file in files)
    else:
        assert rejects
        # A table is held against the model's columns, not against those of the first file.
        reasons = [reject.reason for reject in rejects]
        if case.name != "other columns":
            assert any(re.search(case.outcome, reason) for reason in reasons), reasons
    assert all(reject.reason.isprintable() for reject in rejects)


@pytest.mark.parametrize(("modality", "other"), [("images", "text"), ("text", "audio")])
def test_a_wrong_modality_lists_every_file(train, modality, other, tmp_path):
    files = [path for path in train(other).source.rglob("*") if path.is_file()]
    tally = score_path(train(modality).scorer, train(other).source, tmp_path / "out")
    assert tally.scored == 0
    assert tally.rejected == len(files)
    assert len(pd.read_csv(tmp_path / "out" / "rejects.csv")) == len(files)
    assert pd.read_parquet(tmp_path / "out" / "scores.parquet").empty
    assert "another modality" in " ".join(tally.sentences())
    assert "another modality" in (tmp_path / "out" / "report.html").read_text()


def test_broken_files_are_not_taken_for_another_modality(train, tmp_path):
    (tmp_path / "broken.png").write_bytes(b"\x89PNG")
    tally = score_path(train("images").scorer, tmp_path / "broken.png", tmp_path / "out")
    assert tally.sentences() == ["Nothing could be scored as images."]
    page = (tmp_path / "out" / "report.html").read_text()
    assert "another modality" not in page
    assert "are expected to be flagged" not in page


def test_a_reserved_column_is_to_be_renamed_or_dropped(train, tmp_path):
    trained = train("tables")
    rows = pd.read_csv(trained.source / "rows.csv").head(3)
    rows.insert(0, "row_id", range(3))
    rows.to_csv(tmp_path / "rows.csv", index=False)
    rows.to_parquet(tmp_path / "rows.parquet", index=False)
    for name in ("rows.csv", "rows.parquet"):
        tally = score_path(trained.scorer, tmp_path / name, tmp_path / "out")
        (reject,) = tally.first_rejects
        assert reject.reason.startswith("has a column 'row_id'")
        assert reject.reason.endswith(": rename or drop it")


def test_rejects_and_scores_together_are_all_there_was(train, tmp_path):
    source = tmp_path / "source"
    source.mkdir()
    good = sorted(train("images").source.rglob("*.png"))[:3]
    for number, file in enumerate(good):
        (source / f"{number}.png").write_bytes(file.read_bytes())
    (source / "empty.png").write_bytes(b"")
    (source / "note.txt").write_text("no image")
    (source / "broken.png").write_bytes(good[0].read_bytes()[:60])
    tally = score_path(train("images").scorer, source, tmp_path / "out")
    scores = pd.read_csv(tmp_path / "out" / "scores.csv")
    rejects = pd.read_csv(tmp_path / "out" / "rejects.csv")
    assert sorted([*scores["file"], *rejects["file"]]) == sorted(p.name for p in source.iterdir())
    assert (tally.scored, tally.rejected) == (3, 3)
    assert rejects.set_index("file")["reason"]["empty.png"] == "is empty"


def test_an_image_of_another_form_is_refused(train):
    scorer = train("images").scorer
    recipe = scorer.reader._recipe.model_copy(update={"shape": (1, 28, 28)})
    path = sorted(train("images").source.rglob("*.png"))[0]
    (found,) = ImageReader(recipe).read(find_files(path))
    assert "the model knows 28 × 28 gray pixels" in found.reason


def test_nothing_there(train, tmp_path):
    (tmp_path / "empty").mkdir()
    for name, message in (("empty", "is empty"), ("absent", "no file and no folder")):
        with pytest.raises(ScoringError, match=message):
            score_path(train("images").scorer, tmp_path / name, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_rows_of_wrong_types_are_listed_and_the_others_scored(train, tmp_path):
    trained = train("tables")
    rows = pd.read_csv(trained.source / "rows.csv", dtype=str, keep_default_na=False).head(6)
    rows.loc[1, "vibration"] = "high"
    rows.loc[3, "site"] = "site-99"
    rows.loc[4, "load"] = ""
    path = tmp_path / "rows.csv"
    rows.to_csv(path, index=False)
    tally = score_path(trained.scorer, path, tmp_path / "out")
    rejects = pd.read_csv(tmp_path / "out" / "rejects.csv")
    assert rejects["file"].tolist() == ["rows.csv:3"]
    assert rejects["reason"][0] == "column 'vibration' must be a finite number; it is 'high'"
    assert tally.scored == 5
    assert tally.notes == {"a value of the column 'site' that the training never saw": 1}


@pytest.mark.parametrize("modality", MODULES)
def test_a_file_that_may_not_be_read_is_listed(modality, readers, tmp_path, monkeypatch):
    MODULES[modality].make_good(tmp_path)
    (good,) = tmp_path.iterdir()
    files = list(find_files(good))

    def refuse(path, *_, **__):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("pathlib.Path.open", refuse)
    (found,) = readers[modality].read(files)
    assert isinstance(found, Reject)
    assert found.file == good.name
    assert re.search("cannot be read.*Permission denied", found.reason)


def test_an_empty_text_is_missing_in_parquet_as_in_csv(train, tmp_path):
    trained = train("tables")
    rows = pd.read_csv(trained.source / "rows.csv", dtype=str, keep_default_na=False).head(6)
    rows.loc[2, "load"] = ""
    rows.to_csv(tmp_path / "rows.csv", index=False)
    rows.to_parquet(tmp_path / "rows.parquet", index=False)
    one, other = (trained.scorer.score(tmp_path / f"rows.{kind}") for kind in ("csv", "parquet"))
    pd.testing.assert_frame_equal(
        one.drop(columns=["file", "row"]), other.drop(columns=["file", "row"])
    )
    assert one["rejected"].eq("").all()
