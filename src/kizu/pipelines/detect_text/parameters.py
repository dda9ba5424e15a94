"""Parameters of the stage `detect_text`."""

from pydantic import Field

from kizu.detection.text.parameters import (
    NgramParameters,
    StateNeighborsParameters,
    TfidfNeighborsParameters,
    TransformerParameters,
)
from kizu.pipelines.detecting_parameters import DetectParameters


class DetectTextParameters(DetectParameters):
    """Those of every such stage, and the text detectors'; n-grams and TF-IDF are baselines."""

    lines_before: int = Field(
        ge=0,
        description="Lines before each, in the order of time, that the language models read with "
        "it; 0 for documents that have nothing to do with each other.",
    )
    transformer: TransformerParameters
    state_neighbors: StateNeighborsParameters
    ngram: NgramParameters
    tfidf_neighbors: TfidfNeighborsParameters
