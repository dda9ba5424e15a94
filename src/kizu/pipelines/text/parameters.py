"""Parameters of the stage `text`."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from kizu.parameters import Parameters
from kizu.preprocessing.fractions import SplitFractions
from kizu.preprocessing.text_cleaning import TextSteps
from kizu.preprocessing.token_steps import TokenSteps
from kizu.preprocessing.tokenizers import TokenizerParameters


class TextSplit(SplitFractions):
    """How documents are divided."""

    by: Literal["class", "time"] = Field(
        exclude=True,
        description="class: each class in the given proportions, equal documents together. time: "
        "the earliest documents to train, the latest to test.",
    )

    @model_validator(mode="after")
    def _official_has_no_time(self) -> Self:
        if self.official and self.by == "time":
            raise ValueError("official keeps the source's own test split; it goes with by: class")
        return self


class VocabularyParameters(Parameters):
    """Which tokens get a number."""

    min_frequency: int = Field(
        gt=0, description="How often a token must occur in the training split."
    )
    max_size: int | None = Field(
        gt=2, description="Most tokens, <unk> and <pad> included; null takes all."
    )


class TrainedVectors(Parameters):
    """Word vectors learned from the training split."""

    method: Literal["word2vec", "fasttext"] = Field(
        description="fasttext has vectors of character n-grams too, so of words never seen."
    )
    dimension: int = Field(gt=0, description="Numbers of a vector.")
    window: int = Field(gt=0, description="Words to each side that count as neighbors.")
    min_frequency: int = Field(gt=0, description="How often a word must occur.")
    epochs: int = Field(gt=0, description="How often the documents are read.")


class VectorFile(Parameters):
    """Word vectors from a file in the folder of the catalog entry `source_vectors`."""

    method: Literal["file"]
    name: str = Field(
        min_length=1,
        description="Of the file: .vec or .txt (word2vec text), .bin (word2vec binary, fastText).",
    )


class TextParameters(Parameters):
    """How documents become tokens and numbers, and how they are split."""

    steps: TextSteps = Field(description="What is done to the text before it is cut.")
    tokenizer: TokenizerParameters
    token_steps: TokenSteps = Field(description="What is done to the words after that.")
    vocabulary: VocabularyParameters
    max_length: int = Field(gt=0, description="Tokens of a document that are kept, from its start.")
    vectors: Annotated[TrainedVectors | VectorFile, Field(discriminator="method")]
    split: TextSplit
    seed: int = Field(ge=0, description="Seed of the split and of the vectors.")

    @model_validator(mode="after")
    def _pieces_are_no_words(self) -> Self:
        if self.token_steps and self.tokenizer.name == "bpe":
            names = ", ".join(step.name for step in self.token_steps)
            raise ValueError(
                f"token_steps ({names}) need words; the tokenizer bpe gives pieces of words. Leave "
                "them out, or take another tokenizer"
            )
        return self
