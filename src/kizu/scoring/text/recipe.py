"""How text becomes what the text detectors take. Free of torch."""

from typing import Any

from pydantic import Field

from kizu.parameters import Parameters
from kizu.preprocessing.text_cleaning import TextSteps
from kizu.preprocessing.token_steps import TokenSteps
from kizu.sources.text import TextChecks, TextLayout


class TextRecipe(Parameters):
    """What the stages `ingest_text` and `text` did with the documents of the training."""

    checks: TextChecks
    layout: TextLayout = Field(description="What a document is in a file; it needs no label.")
    steps: TextSteps = Field(description="What is done to the text before it is cut.")
    tokenizer: dict[str, Any] = Field(description="The tokenizer, as `Tokenizer.state` has it.")
    token_steps: TokenSteps = Field(description="What is done to the words after that.")
    vocabulary: dict[str, Any] = Field(description="As `Vocabulary.to_json` has it.")
    lines_before: int = Field(
        ge=0, description="Lines before a document, of the same file, that are looked at with it."
    )
    length: int = Field(gt=0, description="Tokens of a document that are kept, from its start.")
