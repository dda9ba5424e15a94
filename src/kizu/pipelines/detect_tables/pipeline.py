"""The stage `detect_tables`: detectors fitted to normal rows, calibrated, tested, explained."""

from kedro.pipeline import Node, Pipeline

from kizu.pipelines.detecting_pipeline import detecting_pipeline

from .nodes import TABLES, describe_table_scorer


def create_pipeline(**_: object) -> Pipeline:
    """Wire the stage."""
    scorer = Node(
        describe_table_scorer,
        inputs=[
            "table_features",
            "table_transform",
            "table_columns",
            "params:ingest_tables.checks",
            "params:detect_tables",
        ],
        outputs="table_scorer",
        name="describe_table_scorer",
    )
    return detecting_pipeline("detect_tables", TABLES, scorer)
