"""The shape of a stage that detects anomalies: fit, score, compare, measure, explain."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from kedro.pipeline import Node, Pipeline

from kizu.pipelines.detecting import Modality
from kizu.pipelines.detecting_examples import explain_items
from kizu.pipelines.detecting_fits import compare_variants, fit_detectors
from kizu.pipelines.detecting_measures import measure_detection
from kizu.pipelines.detecting_parameters import DetectParameters
from kizu.pipelines.detecting_scores import score_items


def detecting_pipeline(
    stage: str,
    modality: Modality,
    *others: Node,
    explain: Callable[..., Any] = explain_items,
    shown: Sequence[str] = (),
    measured: Sequence[str] = (),
) -> Pipeline:
    """Wire the stage of a modality.

    Args:
        stage: its name.
        modality: what its items are.
        others: nodes that it has besides.
        explain: in place of `explain_items`.
        shown: datasets that it returns besides the examples and their explanations.
        measured: datasets of flat metrics from other nodes, kept beside those of the test split.
    """
    prefix = modality.prefix
    data = [modality.items, f"{prefix}_index"]
    fitted = [f"{prefix}_detectors", f"{prefix}_estimators"]
    scores, variants = f"{prefix}_anomaly_scores", f"{prefix}_detector_variants"
    parameters = f"params:{stage}"
    return Pipeline(
        [
            Node(
                bind(fit_detectors, modality.parameters, modality),
                inputs=[*data, parameters, "checkpoints"],
                outputs=[*fitted, f"{stage}_history"],
                name=f"fit_{prefix}_detectors",
            ),
            Node(
                bind(score_items, modality.parameters, modality),
                inputs=[*data, *fitted, parameters],
                outputs=scores,
                name=f"score_{prefix}_items",
            ),
            Node(
                bind(compare_variants, modality.parameters, modality),
                inputs=[*data, parameters, "checkpoints"],
                outputs=variants,
                name=f"compare_{prefix}_detectors",
            ),
            Node(
                bind(measure_detection, modality.parameters),
                inputs=[scores, variants, *fitted, parameters, *measured],
                outputs=[
                    f"{prefix}_detection_metrics",
                    f"{prefix}_detection_roc",
                    f"{prefix}_detection_scores",
                ],
                name=f"measure_{prefix}_detection",
            ),
            Node(
                bind(explain, modality.parameters, modality),
                inputs=[*data, scores, *fitted, parameters],
                outputs=[f"{prefix}_examples", f"{prefix}_explanations", *shown],
                name=f"explain_{prefix}_items",
            ),
            *others,
        ],
        tags=[stage],
    )


def bind(function: Callable[..., Any], own: type[DetectParameters], *first: Any) -> Any:
    """Return a function as a node of one modality.

    Parameters are checked by the annotation of the argument that takes them, so that it becomes
    the type that the modality has. A stage depends on what the function's module imports.

    Args:
        function: of any modality; it has an argument ``parameters``.
        own: the type of that argument in this modality.
        first: its first arguments, which are no datasets.
    """
    node: Any = partial(function, *first)
    node.__name__ = function.__name__
    node.__module__ = function.__module__
    node.__annotations__ = {**function.__annotations__, "parameters": own}
    return node
