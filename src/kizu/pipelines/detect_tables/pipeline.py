"""The stage `detect_tables`: detectors fitted to normal rows, calibrated, tested, explained."""

from kedro.pipeline import Node, Pipeline

from .nodes import (
    compare_table_detectors,
    describe_table_scorer,
    explain_rows,
    fit_table_detectors,
    measure_table_detection,
    score_rows,
)


def create_pipeline(**_: object) -> Pipeline:
    """Wire the stage."""
    fitted = ["table_detectors", "table_estimators"]
    data = ["table_features", "table_index"]
    return Pipeline(
        [
            Node(
                fit_table_detectors,
                inputs=[*data, "params:detect_tables", "checkpoints"],
                outputs=[*fitted, "detect_tables_history"],
                name="fit_table_detectors",
            ),
            Node(
                score_rows,
                inputs=[*data, *fitted, "params:detect_tables"],
                outputs="table_anomaly_scores",
                name="score_rows",
            ),
            Node(
                compare_table_detectors,
                inputs=[*data, "params:detect_tables", "checkpoints"],
                outputs="table_detector_variants",
                name="compare_table_detectors",
            ),
            Node(
                measure_table_detection,
                inputs=["table_anomaly_scores", "table_detector_variants", "params:detect_tables"],
                outputs=[
                    "table_detection_metrics",
                    "table_detection_roc",
                    "table_detection_scores",
                ],
                name="measure_table_detection",
            ),
            Node(
                explain_rows,
                inputs=[*data, "table_anomaly_scores", *fitted, "params:detect_tables"],
                outputs=["table_examples", "table_explanations"],
                name="explain_rows",
            ),
            Node(
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
            ),
        ],
        tags=["detect_tables"],
    )
