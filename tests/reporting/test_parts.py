"""The parts that the data sections of all modalities share."""

import pandas as pd
import pytest

from kizu.reporting.document import Folded, Notice, Paragraph, Report, Section, Table
from kizu.reporting.html import render
from kizu.reporting.sections.parts import origin_blocks, rejected, split_counts

ORIGIN = {"name": "x", "title": "Spoken digits", "address": "", "license": "", "note": ""}


def _texts(table: Table) -> list[list[str]]:
    return [[cell.text for cell in row] for row in table.rows]


def test_items_are_counted_by_class_and_split() -> None:
    index = pd.DataFrame(
        {
            "class_name": ["b", "a", "a", "a"],
            "split": ["train", "test", "train", "train"],
        }
    )

    table = split_counts(index, "clip")

    assert isinstance(table, Table)
    assert table.caption == "Clips by class and split"
    assert _texts(table) == [
        ["a", "2", "0", "1", "3"],
        ["b", "1", "0", "0", "1"],
        ["all", "3", "0", "1", "4"],
    ]


def test_items_of_no_split_are_counted_beside_the_others() -> None:
    index = pd.DataFrame({"class_name": ["a", "a"], "split": ["test", "excluded"]})

    table = split_counts(index, "image")

    assert isinstance(table, Table)
    assert [column.label for column in table.columns][4] == "excluded"
    assert _texts(table) == [["a", "0", "0", "1", "1", "2"], ["all", "0", "0", "1", "1", "2"]]


def test_many_classes_start_closed_and_none_is_said() -> None:
    names = [f"{number:02d}" for number in range(21)]
    index = pd.DataFrame({"class_name": names, "split": ["train"] * 21})

    assert isinstance(split_counts(index, "row"), Folded)
    assert isinstance(split_counts(index.head(20), "row"), Table)
    assert split_counts(index.head(0), "row") == Notice("The index lists no row.")


def test_rejects_are_listed_with_their_reasons() -> None:
    rejects = pd.DataFrame({"file": ["x.wav"] * 52, "reason": ["is empty"] * 52})

    table = rejected(rejects)

    assert isinstance(table, Table)
    assert table.caption == "52 files left out"
    assert _texts(table) == [["x.wav", "is empty"]] * 50
    assert table.note.startswith("2 more")
    assert rejected(rejects.head(0), "row") == Paragraph(
        "Every row of the source was readable; none was left out."
    )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, [Paragraph("Source: Spoken digits.")]),
        (
            {"address": "https://example.org", "license": "CC0", "note": "A lossy <copy>."},
            [
                Paragraph("Source: Spoken digits. From https://example.org. License: CC0."),
                Notice("A lossy <copy>."),
            ],
        ),
    ],
)
def test_an_origin_says_what_is_known_of_it(changes: dict, expected: list) -> None:
    blocks = origin_blocks(ORIGIN | changes)

    assert blocks == expected
    page = render(Report("t", "s", [Section("data", "Data", "", blocks)]))
    assert ("A lossy &lt;copy&gt;." in page) == bool(changes)
