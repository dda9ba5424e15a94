"""The stage `tables`: columns checked, split, planned, transformed, and each step's worth."""

from typing import Any

from kedro.pipeline import Node, Pipeline

from kizu.pipelines.tables.nodes import (
    check_columns,
    compare_steps,
    describe_table,
    draw_distributions,
    plan_table,
    show_operations,
    split_table,
    transform_table,
)


def create_pipeline(**_: Any) -> Pipeline:
    """Return the stage as a Kedro pipeline."""
    return Pipeline(
        [
            Node(
                check_columns,
                inputs=["raw_table", "params:tables"],
                outputs=["table_frame", "table_target", "table_roles", "table_strengths"],
                name="check_columns",
            ),
            Node(
                split_table,
                inputs=[
                    "table_frame",
                    "table_target",
                    "table_roles",
                    "table_strengths",
                    "params:tables",
                ],
                outputs="table_index",
                name="split_table",
            ),
            Node(
                plan_table,
                inputs=[
                    "table_frame",
                    "table_roles",
                    "table_strengths",
                    "table_index",
                    "params:tables",
                ],
                outputs=["table_plans", "table_leak_plans", "table_planned"],
                name="plan_table",
            ),
            Node(
                transform_table,
                inputs=["table_frame", "table_index", "table_plans", "params:tables"],
                outputs=[
                    "table_features",
                    "table_transform",
                    "table_feature_names",
                    "table_alignment",
                ],
                name="transform_table",
            ),
            Node(
                compare_steps,
                inputs=[
                    "table_frame",
                    "table_index",
                    "table_plans",
                    "table_leak_plans",
                    "params:tables",
                ],
                outputs="table_scores",
                name="compare_steps",
            ),
            Node(
                describe_table,
                inputs=[
                    "raw_table",
                    "table_index",
                    "table_planned",
                    "table_feature_names",
                    "table_alignment",
                    "table_scores",
                ],
                outputs=["table_columns", "tables_metrics"],
                name="describe_table",
            ),
            Node(
                draw_distributions,
                inputs=["table_frame", "table_index", "table_plans"],
                outputs="table_distributions",
                name="draw_distributions",
            ),
            Node(
                show_operations,
                inputs=[
                    "table_frame",
                    "table_target",
                    "table_index",
                    "table_plans",
                    "table_strengths",
                    "table_scores",
                    "table_schema",
                    "raw_table",
                    "params:tables",
                ],
                outputs="table_operations",
                name="show_table_operations",
            ),
        ],
        tags=["tables"],
    )
