"""The stage `text`: documents as tokens and numbers, split, with word vectors and figures."""

from typing import Any

from kedro.pipeline import Node, Pipeline

from kizu.pipelines.text.gallery import show_operations
from kizu.pipelines.text.nodes import (
    cut_documents,
    describe_text,
    make_vectors,
    number_documents,
)


def create_pipeline(**_: Any) -> Pipeline:
    """Return the stage as a Kedro pipeline."""
    return Pipeline(
        [
            Node(
                cut_documents,
                inputs=["raw_documents", "params:text"],
                outputs=["documents", "text_index", "text_tokenizer"],
                name="cut_documents",
            ),
            Node(
                number_documents,
                inputs=["documents", "text_index", "params:text"],
                outputs=["text_tokens", "text_vocabulary"],
                name="number_documents",
            ),
            Node(
                make_vectors,
                inputs=[
                    "documents",
                    "text_index",
                    "text_vocabulary",
                    "source_vectors",
                    "params:text",
                ],
                outputs="text_vectors",
                name="make_vectors",
            ),
            Node(
                describe_text,
                inputs=[
                    "documents",
                    "text_tokens",
                    "text_index",
                    "text_vocabulary",
                    "text_vectors",
                ],
                outputs=["text_metrics", "text_lengths", "text_frequencies"],
                name="describe_text",
            ),
            Node(
                show_operations,
                inputs=[
                    "raw_documents",
                    "documents",
                    "text_tokens",
                    "text_index",
                    "text_vocabulary",
                    "params:text",
                ],
                outputs="text_operations",
                name="show_text_operations",
            ),
        ],
        tags=["text"],
    )
