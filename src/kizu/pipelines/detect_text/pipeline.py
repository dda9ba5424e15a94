"""The stage `detect_text`: detectors fitted to normal lines, calibrated, tested, explained."""

from kedro.pipeline import Node, Pipeline

from kizu.pipelines.detecting_pipeline import detecting_pipeline

from .nodes import TEXT, describe_text_scorer


def create_pipeline(**_: object) -> Pipeline:
    """Wire the stage."""
    scorer = Node(
        describe_text_scorer,
        inputs=[
            "text_tokenizer",
            "text_vocabulary",
            "params:ingest_text.source",
            "params:ingest_text.folder",
            "params:ingest_text.checks",
            "params:text.steps",
            "params:text.token_steps",
            "params:text.max_length",
            "params:detect_text",
        ],
        outputs="text_scorer",
        name="describe_text_scorer",
    )
    return detecting_pipeline("detect_text", TEXT, scorer)
