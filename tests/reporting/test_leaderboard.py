"""The leaderboard of a modality: who is first, what stands in each column, what is said of it."""

from kizu.reporting.document import Table
from kizu.reporting.sections.leaderboard import further_rates, leaderboard, leaderboard_section

METRICS = {
    "blunt.auroc": 0.625,
    "blunt.auroc_low": 0.5,
    "blunt.auroc_high": 0.75,
    "sharp.auroc": 0.875,
    "combined.auroc": 0.75,
    "sharp.target_false_positive_rate": 0.1,
    "sharp.false_positive_rate": 0.125,
    "sharp.false_positive_rate_low": 0.0,
    "sharp.false_positive_rate_high": 0.25,
    "sharp.at_0.05.false_positive_rate": 0.0625,
    "blunt.at_0.05.false_positive_rate": 0.0625,
    "sharp.at_0.01.false_positive_rate": 0.0,
    "sharp.untrained.auroc": 0.5,
    "combined.untrained.auroc": 0.75,
    "sharp.seeds.auroc_mean": 0.8125,
    "sharp.seeds.auroc_deviation": 0.03125,
    "sharp.mebibytes": 1.25,
    "blunt.mebibytes": 0.0625,
}


def column(table: Table, label: str) -> list[str]:
    place = [one.label for one in table.columns].index(label)
    return [f"{row[place].text} {row[place].tag or row[place].detail}" for row in table.rows]


def test_every_column_holds_what_was_measured(make_detected):
    table = leaderboard(make_detected(metrics=METRICS))

    assert column(table, "detector") == ["sharp ", "all combined combination", "blunt baseline"]
    assert column(table, "AUROC") == ["0.875 ", "0.750 ", "0.625 0.500 to 0.750"]
    assert column(table, "false positives at 10%") == ["12.5% 0.0 to 25.0%", "– ", "– "]
    assert column(table, "untrained") == ["0.500 ✓ beaten", "0.750 ✗ not beaten", "– "]
    assert column(table, "over seeds") == ["0.812 ± 0.031", "– ", "– "]
    assert column(table, "MiB") == ["1.250 ", "– ", "0.062 "]
    assert {len(row) for row in table.rows} == {len(table.columns)}
    assert [one.order for one in table.columns if one.sort][:2] == ["", "descending"]


def test_a_rate_that_the_calibration_split_cannot_promise_is_none(make_detected):
    # 9 items: the smallest p-value is a tenth.
    table = leaderboard(make_detected(metrics=METRICS))

    assert further_rates({"sharp": {"at_0.05.false_positive_rate": 0}}) == [0.05]
    assert column(table, "false positives at 5%") == ["– too few"] * 3
    assert column(table, "false positives at 1%") == ["– too few"] * 3
    assert "No threshold can promise 5% after calibration on 9 items; that takes 19." in table.note


def test_columns_that_nobody_has_are_left_out(make_detected):
    labels = [one.label for one in leaderboard(make_detected()).columns]

    assert labels[-1] == "F1 at the threshold"
    assert not {"untrained", "over seeds", "MiB"} & set(labels)


def test_every_modality_has_its_own_words(make_detected):
    section = leaderboard_section([make_detected("audio"), make_detected("text", metrics={})])

    tables = [block for block in section.blocks if isinstance(block, Table)]
    assert [table.caption for table in tables] == ["Detectors of audio by area under the ROC curve"]
    assert "2 normal clips and 2 anomalous ones" in tables[0].note
    assert section.blocks[-1].text == "Text: no detector was evaluated."
