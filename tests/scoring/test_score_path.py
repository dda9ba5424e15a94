"""What `kizu score` writes."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kizu.detection.drift import score_drift
from kizu.detection.multiple_testing import benjamini_hochberg
from kizu.scoring.card import MODALITIES
from kizu.scoring.errors import ScoringError
from kizu.scoring.score_path import score_path

EXTENSION = {"images": ".png", "audio": ".png", "tables": ".json", "text": ".json"}
# What an example is shown as.
SHOWN = {
    "images": "heat map of the image",
    "audio": '<audio controls preload="none" src="data:audio/flac;base64,',
    "tables": "<caption>Columns to blame</caption>",
    "text": '<span class="word level-5',
}
NAMES = {"scores.csv", "scores.parquet", "rejects.csv", "report.html", "summary.json"}


@pytest.mark.parametrize("modality", MODALITIES)
def test_tables_explanations_and_a_page(train, modality, tmp_path):
    trained = train(modality)
    scorer = trained.scorer
    out = tmp_path / "scores"
    tally = score_path(scorer, trained.source, out)

    table = pd.read_parquet(out / "scores.parquet")
    pd.testing.assert_frame_equal(
        pd.read_csv(out / "scores.csv", keep_default_na=False), table, check_dtype=False
    )
    expected = scorer.score(trained.source)
    scores = table.drop(columns=["explanation", "explained_by"])
    pd.testing.assert_frame_equal(scores, expected.drop(columns="rejected"), check_dtype=False)
    assert tally.scored == len(table)
    assert tally.flagged == table["flag"].sum() > 0
    assert (table["explanation"] != "").equals(table["flag"])
    files = {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}
    assert files - NAMES == set(table.loc[table["flag"], "explanation"])
    assert {Path(path).suffix for path in files - NAMES} == {EXTENSION[modality]}
    # The detector that explains is the surest of those that can.
    for _, row in table[table["flag"]].iterrows():
        own = row[f"{row['explained_by']}.p_value"]
        others = [row[f"{name}.p_value"] for name in scorer.judge.detectors]
        assert own <= max(others)
    summary = json.loads((out / "summary.json").read_text())
    assert summary["scored"] == len(table)
    name = next(iter(scorer.judge.detectors))
    drift = score_drift(scorer.judge.calibration[:, 0], table[f"{name}.score"])
    assert summary["drift"][name]["psi"] == pytest.approx(drift.psi)
    page = (out / "report.html").read_text()
    first = table.sort_values("combined.p_value", kind="stable").iloc[0]
    where = f"{first['file']}:{first['row']}" if "row" in first else first["file"]
    assert page.index(f'<p class="example-title">{where} ') < page.index(
        f'<th scope="row">{where}</th>'
    )
    assert page.count(SHOWN[modality]) >= 1
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert sorted(path.name for path in out.iterdir()) == sorted({*NAMES, "explanations"})


def test_an_explanation_names_row_and_features(train, tmp_path):
    trained = train("tables")
    score_path(trained.scorer, trained.source, tmp_path / "out")
    table = pd.read_parquet(tmp_path / "out" / "scores.parquet")
    flagged = table[table["flag"]].iloc[0]
    document = json.loads((tmp_path / "out" / flagged["explanation"]).read_text())
    raw = pd.read_csv(trained.source / "rows.csv").iloc[flagged["row"] - 2]
    assert document["row"]["vibration"] == pytest.approx(raw["vibration"])
    weights = list(document["contributions"].values())
    assert weights == sorted(weights, reverse=True)
    assert "vibration" in document["contributions"]


def test_an_explanation_names_the_tokens(train, tmp_path):
    trained = train("text")
    score_path(trained.scorer, trained.source, tmp_path / "out")
    table = pd.read_parquet(tmp_path / "out" / "scores.parquet")
    flagged = table[table["flag"]].iloc[0]
    document = json.loads((tmp_path / "out" / flagged["explanation"]).read_text())
    lines = (trained.source / "machine.log").read_text().splitlines()
    assert document["text"] == lines[flagged["row"] - 1]
    assert document["tokens"][0]["token"] == document["text"].split()[0].lower()


def test_a_false_discovery_rate_decides_over_all_items_together(train, tmp_path):
    trained = train("text")
    p_values = trained.scorer.score(trained.source)["combined.p_value"]
    adjusted = benjamini_hochberg(p_values)
    rate = float(adjusted.min())
    out = tmp_path / "out"
    tally = score_path(trained.scorer, trained.source, out, false_discovery_rate=rate)
    table = pd.read_parquet(out / "scores.parquet")
    np.testing.assert_allclose(table["adjusted_p_value"], adjusted)
    assert (table["flag"] == (adjusted <= rate)).all()
    assert 0 < tally.flagged < (p_values <= rate).sum()
    kept = {str(path.relative_to(out)) for path in (out / "explanations").rglob("*.json")}
    assert kept == set(table.loc[table["flag"], "explanation"])
    assert (table["explanation"] != "").equals(table["flag"])


def test_chunks_do_not_matter(train, tmp_path, monkeypatch):
    monkeypatch.setattr("kizu.scoring.text.reader._DOCUMENTS_AT_ONCE", 7)
    monkeypatch.setattr("kizu.scoring.tables.reader._ROWS_AT_ONCE", 11)
    monkeypatch.setattr("kizu.scoring.file_reader._FILES_AT_ONCE", 5)
    for modality in MODALITIES:
        trained = train(modality)
        in_small_chunks = trained.scorer.score(trained.source)
        monkeypatch.undo()
        pd.testing.assert_frame_equal(
            in_small_chunks, trained.scorer.score(trained.source), rtol=1e-6
        )


def test_an_earlier_output_is_replaced_and_nothing_else(train, tmp_path):
    trained = train("images")
    out = tmp_path / "out"
    score_path(trained.scorer, trained.source, out)
    one = next(path for path in trained.source.rglob("*.png"))
    score_path(trained.scorer, one, out)
    assert len(pd.read_csv(out / "scores.csv")) == 1
    (out / "mine.txt").write_text("keep")
    with pytest.raises(ScoringError, match=r"holds mine\.txt, which scoring did not write"):
        score_path(trained.scorer, trained.source, out)
    assert (out / "mine.txt").read_text() == "keep"
    assert len(pd.read_csv(out / "scores.csv")) == 1


def test_a_run_that_fails_leaves_the_earlier_output(train, tmp_path, monkeypatch):
    trained = train("images")
    out = tmp_path / "out"
    score_path(trained.scorer, trained.source, out)
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    scorer = trained.scorer
    monkeypatch.setattr(scorer.judge, "judge", lambda items: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        score_path(scorer, trained.source, out)
    assert before == {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}


def test_the_output_is_not_scored_the_next_time(train, tmp_path):
    trained = train("images")
    with pytest.raises(ScoringError, match="would be scored the next time"):
        score_path(trained.scorer, trained.source, trained.source / "scores")
    assert not (trained.source / "scores").exists()


def test_the_output_is_a_folder(train, tmp_path):
    trained = train("images")
    (tmp_path / "file").write_text("")
    with pytest.raises(ScoringError, match="file is a file"):
        score_path(trained.scorer, trained.source, tmp_path / "file")
    with pytest.raises(ScoringError, match="cannot be written"):
        score_path(trained.scorer, trained.source, tmp_path / "file" / "below")


def test_the_same_data_gives_the_same_bytes(train, tmp_path):
    trained = train("text")
    for name in ("first", "second"):
        score_path(trained.scorer, trained.source, tmp_path / name)
    first, second = (
        {
            str(p.relative_to(tmp_path / name)): p.read_bytes()
            for p in (tmp_path / name).rglob("*.*")
        }
        for name in ("first", "second")
    )
    summaries = [json.loads(files.pop("summary.json")) for files in (first, second)]
    assert first == second
    for summary in summaries:  # the time that it took is all that differs
        assert summary.pop("milliseconds_an_item") * 800 == pytest.approx(
            1000 * summary.pop("seconds"), abs=1
        )
    assert summaries[0] == summaries[1]
