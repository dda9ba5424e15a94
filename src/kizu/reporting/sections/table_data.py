"""What the models of tables were given: classes and splits, columns and what became of them."""

from collections.abc import Mapping, Sequence
from typing import Any

from kizu.reporting.document import (
    Block,
    Cell,
    Column,
    KeyFigure,
    KeyFigures,
    Picture,
    Pictures,
    Section,
    Table,
)
from kizu.reporting.formatting import count, counted, number, percent
from kizu.reporting.sections.parts import origin_blocks, rejected, split_counts

_MODELS = {"svc": "Support vector machine", "boosted_trees": "Boosted trees"}


def table_data_section(
    index: Any,
    *,
    columns: Mapping[str, Any],
    metrics: Mapping[str, float],
    scores: Any,
    rejects: Any,
    origin: Mapping[str, str],
    distributions: bytes,
) -> Section:
    """The rows by class and split, what is done with each column and why, and what it is worth.

    Args:
        index: one row a row, with ``class_name`` and ``split``.
        columns: the dataset ``table_columns``: ``columns``, a mapping each, and ``features``.
        metrics: the dataset ``tables_metrics``.
        scores: one row a classifier and variant of the preprocessing.
        rejects: one row a file or line that was left out, with ``file`` and ``reason``.
        origin: of the data.
        distributions: PNG of the histograms of the numbers.
    """
    listed = columns["columns"]
    figures = [
        KeyFigure("features", count(len(columns["features"])), f"from {len(listed)} columns"),
        KeyFigure("missing values", count(int(metrics["train.missing"])), "in the training rows"),
        KeyFigure("outliers", count(int(metrics["train.outliers"])), "in the training rows"),
        KeyFigure("leaking columns", count(int(metrics["leaks"])), _leaks(listed)),
    ]
    alt = "Histograms of the columns of numbers, with tests of their distribution."
    blocks: list[Block] = [
        *origin_blocks(origin),
        KeyFigures(figures),
        split_counts(index, "row"),
        _columns(listed),
        Pictures([Picture.figure(distributions, alt=alt)]),
        *(_scores(scores, model, title) for model, title in _MODELS.items()),
        rejected(rejects, "row or file"),
    ]
    lead = (
        f"{counted(len(index), 'row')} of {counted(len(listed), 'column')}. Every choice is made "
        "on the training rows alone."
    )
    return Section("data-tables", "Data: tables", lead, blocks)


def _leaks(columns: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(column["name"] for column in columns if column["leak"])


def _columns(columns: Sequence[Mapping[str, Any]]) -> Table:
    rows = []
    for column in columns:
        distribution = column["distribution"]
        kept = column["encoding"] != "drop"
        rows.append(
            [
                Cell(column["name"], tag="leak" if column["leak"] else ""),
                Cell(column["role"], detail=column["role_reason"]),
                Cell(column["encoding"].replace("_", " "), detail=column["encoding_reason"]),
                Cell(
                    column["scaler"].replace("_", " ") if kept else "",
                    detail=column["scaler_reason"] if kept else "",
                ),
                Cell(count(column["missing"])),
                Cell(count(distribution["outliers"]) if distribution else ""),
            ]
        )
    return Table(
        caption="Columns, and what is done with them",
        columns=[
            Column("column"),
            Column("role"),
            Column("encoding"),
            Column("scaler"),
            Column("missing", numeric=True),
            Column("outliers", numeric=True),
        ],
        rows=rows,
        note="Missing values and outliers (beyond 1.5 interquartile ranges) of the training rows.",
    )


def _scores(scores: Any, model: str, title: str) -> Table:
    rows = scores[scores["model"] == model].to_dict("records")
    return Table(
        caption=f"{title}: what each step is worth",
        columns=[
            Column("preprocessing"),
            Column("training rows", numeric=True),
            Column("accuracy, train", numeric=True),
            Column("accuracy, test", numeric=True),
            Column("balanced, train", numeric=True),
            Column("balanced, test", numeric=True),
        ],
        rows=[
            [
                Cell(row["variant"].replace("_", " ")),
                Cell(count(row["train_rows"])),
                Cell(percent(row["train_accuracy"])),
                Cell(percent(row["test_accuracy"])),
                Cell(number(row["train_balanced_accuracy"])),
                Cell(number(row["test_balanced_accuracy"])),
            ]
            for row in rows
        ],
        note="Resampling changes the training rows only; test rows are as they came.",
    )
