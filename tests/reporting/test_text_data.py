"""The section on the data of text."""

import io

import pandas as pd

from kizu.reporting.document import Report
from kizu.reporting.html import render
from kizu.reporting.sections.text_data import text_data_section
from kizu.reporting.style import new_figure


def _png() -> bytes:
    buffer = io.BytesIO()
    new_figure(1, 1).savefig(buffer, format="png")
    return buffer.getvalue()


def test_it_says_what_the_data_is():
    section = text_data_section(
        pd.DataFrame({"class_name": ["normal"] * 3, "split": ["train", "train", "test"]}),
        metrics={
            "mean_length": 6.5,
            "tokens": 12345,
            "vocabulary": 80,
            "cut_share": 0.125,
            "empty": 0,
            "vectors.coverage": 1.0,
            **{f"{split}.unknown_share": 0.01 for split in ("train", "calibration", "test")},
        },
        tokenizer={"name": "fugashi", "versions": {"fugashi": "1.5.2", "unidic-lite": "1.0.8"}},
        origin={"title": "A log", "address": "", "license": "", "note": "Synthetic: not real."},
        rejects=pd.DataFrame({"file": ["a.csv:7"], "reason": ["has <no> text"]}),
        lengths=_png(),
        frequencies=_png(),
    )

    page = render(Report("t", "s", [section]))

    for shown in (
        "3 documents of 6.5 tokens",
        "Synthetic: not real.",
        "fugashi (fugashi 1.5.2, unidic-lite 1.0.8)",
        "12,345",
        "12.5%",
        "a.csv:7",
        "has &lt;no&gt; text",
    ):
        assert shown in page
    assert page.count("data:image/png") == 2
