"""Examples of each modality: what is shown of an item, and on which scale."""

import base64

import numpy as np
import pandas as pd
import pytest

from kizu.reporting.document import Report
from kizu.reporting.exhibits import Clip, Contributions, MarkedLine, ModalityExamples, Views
from kizu.reporting.html import render
from kizu.reporting.pictures import png_size
from kizu.reporting.sections import examples_audio
from kizu.reporting.sections.examples import examples_section, highest_explanations
from kizu.reporting.sections.examples_audio import audio_examples
from kizu.reporting.sections.examples_images import image_examples
from kizu.reporting.sections.examples_tables import feature_columns, table_examples
from kizu.reporting.sections.examples_text import text_examples

EXAMPLES = pd.DataFrame(
    {
        "detector": ["sharp", "sharp", "blunt"],
        "group": ["most_anomalous", "most_anomalous", "missed"],
        "rank": [0, 1, 0],
        "id": ["item-0", "item-1", "item-1"],
        "row": [0, 1, 1],
        "alike": [1200, 0, 0],
        "reconstructed": [True, True, False],
    }
)


def contents(shown: ModalityExamples, kind: type) -> list:
    return [
        block
        for detector in shown.detectors
        for group in detector.groups
        for item in group.items
        for block in item.content
        if isinstance(block, kind)
    ]


def pixels(source: str) -> tuple[int, int]:
    return png_size(base64.b64decode(source.partition("base64,")[2]))


def test_the_best_detector_comes_first_and_open_with_its_failures(make_detected):
    explanations = np.ones((3, 4, 4), np.float32)
    shown = image_examples(
        make_detected(),
        EXAMPLES,
        images=np.zeros((2, 1, 4, 4), np.uint8),
        reconstructions=np.zeros((3, 1, 4, 4), np.uint8),
        explanations=explanations,
    )

    assert [(one.key, one.open) for one in shown.detectors] == [("sharp", True), ("blunt", False)]
    groups = shown.detectors[1].groups
    assert [(one.key, len(one.items)) for one in groups] == [
        ("most_anomalous", 0),
        ("missed", 1),
        ("false_alarm", 0),
    ]
    (missed,) = groups[1].items
    assert missed.title == "worn, anomalous"
    assert missed.tag == "not flagged"
    assert missed.facts == (("score", "1.000"), ("p", "0.500"), ("id", "item-1"))
    views = [[one.caption for one in block.items] for block in contents(shown, Views)]
    assert views == [["image", "closest normal", "heat map"]] * 2 + [["image", "heat map"]]


def test_large_images_are_made_small(make_detected):
    shown = image_examples(
        make_detected(),
        EXAMPLES,
        images=np.full((2, 3, 200, 400), 7, np.uint8),
        reconstructions=np.full((3, 3, 200, 400), 7, np.uint8),
        explanations=np.ones((3, 200, 400), np.float32),
    )

    (picture, *_) = contents(shown, Views)[0].items
    assert (picture.width, picture.height) == (96, 96)
    assert picture.source.startswith("data:image/jpeg;base64,")
    assert len(picture.source) < 4000


def test_every_group_of_a_detector_has_a_scale_of_its_own():
    values = np.array([[1.0, 2.0], [3.0, 0.0], [9.0, 9.0]])
    assert highest_explanations(EXAMPLES, values).tolist() == [3.0, 3.0, 9.0]
    same = EXAMPLES.assign(detector="sharp")
    assert highest_explanations(same, values).tolist() == [3.0, 3.0, 9.0]


def test_a_single_extreme_value_does_not_leave_all_else_dark():
    values = np.ones((3, 1000))
    values[0, 0] = 1e6
    values[2, 1:] = 0  # a map that is nothing but its extreme keeps it
    assert highest_explanations(EXAMPLES, values).tolist() == [1.0, 1.0, 1.0]


def test_a_clip_has_its_sound_as_long_as_there_is_room(make_detected, monkeypatch):
    monkeypatch.setattr(examples_audio, "_MOST_SOUND", 20)
    files = {"a.flac": b"fLaC" + b"a" * 4, "b.flac": b"fLaC" + b"b" * 10}
    shown = audio_examples(
        make_detected("audio"),
        EXAMPLES,
        names=["a.flac", "b.flac"],
        read_clip=files.__getitem__,
        features=np.arange(24, dtype=np.float32).reshape(2, 3, 4),
        explanations=np.ones((3, 3, 4), np.float32),
    )

    # First all that lead their groups, 8 bytes of "a" and none of "b", which would make 22.
    first, second, third = contents(shown, Clip)
    assert base64.b64decode(first.source.partition("base64,")[2]) == files["a.flac"]
    assert (second.source, third.source) == ("", "")
    page = render(Report("t", "s", [examples_section([shown])]))
    assert "b.flac is not held in this page" in page
    assert page.count("<audio") == 1
    assert pixels(contents(shown, Views)[0].items[0].source) == (4, 3)


COLUMNS = {
    "columns": [
        {"name": "pressure", "encoding": "number", "levels": []},
        {"name": "site", "encoding": "one_hot", "levels": ["a", "b=c"]},
        {"name": "note", "encoding": "drop", "levels": []},
        {"name": "wear", "encoding": "label", "levels": ["new", "old"]},
    ],
    "features": ["pressure", "site=a", "site=b=c", "wear"],
}


def test_features_belong_to_their_columns():
    assert feature_columns(COLUMNS) == {"pressure": [0], "site": [1, 2], "note": [], "wear": [3]}


def test_a_row_shows_what_was_written_beside_what_it_is_blamed_for(make_detected):
    table = pd.DataFrame(
        {
            "row_id": ["item-1", "item-0"],
            "pressure": pd.array([6.5, pd.NA], dtype="Float64"),
            "site": ["a", "b=c"],
            "note": ["<plain>", "x" * 80],
            "wear": pd.array(["new", None], dtype=object),
        }
    )
    shown = table_examples(
        make_detected("tables"),
        EXAMPLES,
        table=table,
        columns=COLUMNS,
        features=np.array([[0.5, 0, 1, 0.25], [2, 1, 0, 0]]),
        explanations=np.array([[1, 1, 2, 0], [0, 0, 0, 0], [3, 0.5, 0.5, 0]]),
    )

    first, blameless, _ = contents(shown, Contributions)
    assert [(one.column, one.value, one.feature, one.share) for one in first.items] == [
        ("site", "b=c", "b=c: 1.00", 0.75),
        ("pressure", "missing", "0.50", 0.25),
        ("wear", "missing", "0.25", 0.0),
    ]
    assert first.others == [("note", "x" * 39 + "…")]
    assert [one.share for one in blameless.items] == [0.0, 0.0, 0.0]
    assert "&lt;plain&gt;" in render(Report("t", "s", [examples_section([shown])]))


def test_tokens_are_marked_by_their_share_of_the_worst(make_detected):
    shown = text_examples(
        make_detected("text"),
        EXAMPLES,
        lines=[["the line <before>", "a <b> a c"], ["a"], [""]],
        known=np.array([[True, False, True], [True, True, True], [True, True, True]]),
        explanations=np.array([[0.0, 10.0, 4.1], [5.1, 0.0, 0.0], [0.0, 0.0, 0.0]]),
    )

    first, second, empty = contents(shown, MarkedLine)
    assert [(word.text, word.level, word.known) for word in first.words] == [
        ("a", 0, True),
        ("<b>", 5, False),
        ("a", 2, True),
    ]
    assert (first.blamed, first.cut) == (["<b>", "a"], 1)
    assert (first.before, second.before) == (["the line <before>"], [])
    assert [word.level for word in second.words] == [3]
    assert (empty.words, empty.blamed) == ([], [])
    page = render(Report("t", "s", [examples_section([shown])]))
    assert 'class="word level-5 unknown">&lt;b&gt;</span>' in page
    assert "Least expected: &lt;b&gt;, a." in page
    assert "the line &lt;before&gt;" in page
    assert "an empty line" in page


def test_the_number_of_equal_items_is_told(make_detected):
    shown = text_examples(
        make_detected("text"),
        EXAMPLES,
        lines=[["same"]] * 3,
        known=np.ones((3, 1), bool),
        explanations=np.ones((3, 1)),
    )

    first, second = shown.detectors[0].groups[0].items
    assert first.facts[-2:] == (("id", "item-0"), ("alike", "1,200 more"))
    assert second.facts[-1] == ("id", "item-1")


@pytest.mark.parametrize("modality", ["images", "text"])
def test_who_cannot_explain_says_so(make_detected, modality):
    shown = text_examples(
        make_detected(modality),
        EXAMPLES[:0],
        lines=[],
        known=np.zeros((0, 3), bool),
        explanations=np.zeros((0,)),
    )
    page = render(Report("t", "s", [examples_section([shown])]))
    assert f"{modality.capitalize()}: no detector explained its scores." in page
    assert 'class="filters"' not in page
