"""The stage `ingest_tables`: a source's tables, checked and joined, with a schema and rejects."""

from typing import Any

from kedro.pipeline import Node, Pipeline

from kizu.pipelines.ingest_tables.nodes import collect_table


def create_pipeline(**_: Any) -> Pipeline:
    """Return the stage as a Kedro pipeline."""
    return Pipeline(
        [
            Node(
                collect_table,
                inputs=["source_tables", "source_table_schema", "params:ingest_tables"],
                outputs=[
                    "raw_table",
                    "table_manifest",
                    "table_rejects",
                    "table_origin",
                    "table_schema",
                    "ingest_tables_metrics",
                ],
                name="collect_table",
            )
        ],
        tags=["ingest_tables"],
    )
