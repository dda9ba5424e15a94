"""Parameters of the text detectors, a group each. Free of torch and scikit-learn."""

from typing import Literal

from pydantic import Field

from kizu.parameters import Parameters
from kizu.training.settings import TrainingParameters

Smoothing = Literal["witten_bell", "dirichlet"]


class NgramParameters(Parameters):
    """How unlikely a line's tokens are after the few tokens before them."""

    order: int = Field(
        ge=1, le=5, description="Tokens of the longest n-gram; 2 looks one token back."
    )
    smoothing: Smoothing = Field(
        description="What a context that was seen seldom leaves to the shorter one. witten_bell: "
        "the more, the more different tokens followed it. dirichlet: as if every token had "
        "followed it once more; a few lines that are learned on the way do not yet make a habit."
    )


class TransformerParameters(Parameters):
    """How unlikely a line's tokens are to a language model that reads the lines before, too."""

    width: int = Field(gt=0, description="Of a token's state.")
    depth: int = Field(gt=0, description="Transformer blocks.")
    heads: int = Field(gt=0, description="Of each block's attention; they divide the width.")
    dropout: float = Field(ge=0, lt=1, description="Share of states and weights dropped.")
    learning_rate: float = Field(gt=0, description="AdamW's at its peak.")
    weight_decay: float = Field(ge=0, description="AdamW's.")
    training: TrainingParameters


class StateNeighborsParameters(TransformerParameters):
    """Nearest neighbors on what the language model makes of a line."""

    neighbors: int = Field(gt=0, description="Neighbors whose distance is averaged.")


class TfidfNeighborsParameters(Parameters):
    """Nearest neighbors on weighted counts of tokens."""

    neighbors: int = Field(gt=0, description="Neighbors whose distance is averaged.")
