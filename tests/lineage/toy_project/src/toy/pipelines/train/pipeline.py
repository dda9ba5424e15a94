from kedro.pipeline import Node, Pipeline

from toy.pipelines.train.nodes import fit, measure


def create_pipeline(**_):
    return Pipeline(
        [
            Node(
                fit,
                ["numbers", "checkpoints", "params:train"],
                ["model", "fitted", "train_history"],
                name="fit_line",
            ),
            Node(measure, ["fitted"], "train_metrics", name="measure_line"),
        ],
        tags=["train"],
    )
