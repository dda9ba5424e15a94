"""New data is scored as the stage scores its own, whatever way it comes."""

import re

import numpy as np
import pandas as pd
import pytest

import kizu
from kizu.scoring.card import MODALITIES
from kizu.scoring.errors import ScoringError

pytestmark = pytest.mark.parametrize("modality", MODALITIES)
EXACT = {"rtol": 1e-6, "atol": 1e-9}


def assert_scored_alike(table, expected, places):
    """Compare a table of scores with the stage's, item by item."""
    rows = table["row"] if "row" in table else [None] * len(table)
    found = table.set_axis(pd.MultiIndex.from_arrays([table["file"], rows]))
    expected = expected[expected["split"] == "test"]
    assert len(expected)
    for name, own in expected.groupby("detector"):
        mine = found.loc[[places[identity] for identity in own["id"]]]
        flag = "flag" if name == "combined" else f"{name}.flag"
        np.testing.assert_array_equal(mine[flag], own["flag"])
        np.testing.assert_allclose(mine[f"{name}.p_value"], own["p_value"], **EXACT)
        if name != "combined":
            np.testing.assert_allclose(mine[f"{name}.score"], own["score"], **EXACT)


def test_files_are_scored_as_by_the_stage(train, modality):
    trained = train(modality)
    table = trained.scorer.score(trained.source)
    assert (table["rejected"] == "").all()
    assert len(table) == len(trained.places)
    assert_scored_alike(table, trained.scores, trained.places)


def test_a_data_frame_is_scored_as_files_are(train, modality):
    trained = train(modality)
    table = trained.scorer.score(trained.columns)
    assert table.index.equals(trained.columns.index)
    places = [trained.places[identity] for identity in table.index]
    table = table.assign(file=[file for file, _ in places], row=[row for _, row in places])
    assert_scored_alike(table, trained.scores, trained.places)


def test_an_item_alone_has_the_score_that_it_has_among_others(train, modality):
    trained = train(modality)
    scorer = trained.scorer
    together = scorer.score(trained.columns)
    for row in (0, 7):
        # The lines before one are part of what is scored.
        first = row if modality != "text" else max(0, row - 20)
        alone = scorer.score(trained.columns.iloc[first : row + 1]).iloc[[-1]]
        pd.testing.assert_frame_equal(alone, together.iloc[[row]], rtol=1e-6)


def test_what_cannot_be_scored_keeps_its_row(train, modality):
    trained = train(modality)
    frame = trained.columns.head(3).astype(object)
    column = {"images": "content", "audio": "content", "tables": "vibration", "text": "text"}
    broken = {"images": b"none", "audio": b"none", "tables": "none of it", "text": " "}
    frame.iloc[1, frame.columns.get_loc(column[modality])] = broken[modality]
    table = trained.scorer.score(frame)
    assert table.index.equals(frame.index)
    assert table["rejected"].ne("").tolist() == [False, True, False]
    numbers = table.drop(columns="rejected").select_dtypes(float)
    assert numbers.isna().all(axis=1).tolist() == [False, True, False]
    assert not table["flag"].iloc[1]
    assert table["flag"].dtype == bool


def test_a_frame_of_nothing_that_can_be_scored_and_one_of_no_rows(train, modality):
    trained = train(modality)
    frame = trained.columns.head(1).astype(object)
    frame[:] = None
    if modality == "tables":
        frame["load"] = "none of it"
    table = trained.scorer.score(frame)
    assert table["rejected"].ne("").tolist() == [True]
    assert table["flag"].tolist() == [False]
    none = trained.scorer.score(trained.columns.head(0))
    assert len(none) == 0
    assert list(none) == list(table)


def test_a_frame_without_a_column_is_an_error(train, modality):
    trained = train(modality)
    column = {"images": "file", "audio": "content", "tables": "vibration", "text": "text"}[modality]
    with pytest.raises(ScoringError, match=f"lacks (the column )?'{column}'"):
        trained.scorer.score(trained.columns.drop(columns=column))


def test_several_paths_are_told_apart(train, modality):
    trained = train(modality)
    file = sorted(path for path in trained.source.rglob("*") if path.is_file())[0]
    table = trained.scorer.score([file, str(file)])
    assert set(table["file"]) == {str(file)}
    half = len(table) // 2
    scores = table.select_dtypes(float).to_numpy()
    np.testing.assert_array_equal(scores[:half], scores[half:])


def test_a_detector_is_loaded_from_its_folder(train, modality):
    trained = train(modality)
    detector = kizu.load_detector(trained.folder)
    assert detector.card.modality == modality
    pd.testing.assert_frame_equal(
        detector.score(trained.columns), trained.scorer.score(trained.columns)
    )


def test_files_of_which_none_can_be_scored_have_all_columns(train, modality, tmp_path):
    (tmp_path / "broken.bin").write_bytes(b"broken")
    table = train(modality).scorer.score(tmp_path)
    assert table["rejected"].str.startswith("has the extension '.bin'").tolist() == [True]
    assert not table["flag"].any()
    assert set(table) - {"file"} == set(train(modality).scorer.score(train(modality).columns))


@pytest.mark.parametrize(("data", "error"), [(5, TypeError), ("", ValueError), ([], ValueError)])
def test_what_is_no_data_is_named(train, modality, data, error):
    with pytest.raises(
        error, match=f"got {re.escape(repr(data))}" if error is ValueError else "got int"
    ):
        train(modality).scorer.score(data)


def test_a_scorer_says_what_it_is(train, modality):
    assert f"<Scorer of {modality} by " in repr(train(modality).scorer)
