"""Tokenizers: from text to words, or to pieces of words; chosen and pinned by parameter.

Each is made by :func:`make_tokenizer`, saved as JSON and made again from it, with the same tokens
or an error: a tokenizer whose dictionary has another version cuts differently.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from itertools import accumulate
from typing import Annotated, Any, Literal

from pydantic import Field

from kizu.parameters import Parameters

Form = Literal["surface", "dictionary"]
_FORM = "surface: words as they stand in the text. dictionary: their dictionary form."

# A marked word such as <number>; a number; a word, with apostrophes within; any other sign alone.
_WORD = re.compile(r"<\w+>|\d+(?:[.,]\d+)+|\w+(?:['’]\w+)*|[^\w\s]")
_BATCH = 1000


class WordParameters(Parameters):
    """Words, numbers and punctuation marks, by a regular expression; no dictionary."""

    name: Literal["word"]


class BpeParameters(Parameters):
    """Byte-pair encoding: pieces of words, learned from the training texts."""

    name: Literal["bpe"]
    vocabulary_size: int = Field(gt=0, description="Most pieces to learn.")
    min_frequency: int = Field(gt=0, description="How often a pair must occur to be joined.")


class JanomeParameters(Parameters):
    """Japanese words by Janome (pure Python, with the IPADIC dictionary)."""

    name: Literal["janome"]
    form: Form = Field(description=_FORM)


class FugashiParameters(Parameters):
    """Japanese words by fugashi (MeCab, with the UniDic-lite dictionary): the fast one."""

    name: Literal["fugashi"]
    form: Form = Field(description=_FORM)


TokenizerParameters = Annotated[
    WordParameters | BpeParameters | JanomeParameters | FugashiParameters,
    Field(discriminator="name"),
]


class TokenizerVersionError(RuntimeError):
    """A saved tokenizer was made with another version of its library or dictionary."""


@dataclass(frozen=True)
class Tokenizer:
    """A tokenizer and what it takes to make it again.

    Attributes:
        state: a JSON document: name, settings, versions of what it was made with, and for BPE the
            learned pieces.
        cut: from texts to lists of tokens, one list a text.
    """

    state: Mapping[str, Any]
    cut: Callable[[list[str]], list[list[str]]] = field(repr=False)

    def tokenize(self, texts: Iterable[str]) -> Iterator[list[str]]:
        """Yield the tokens of each text, in batches; no token holds white space."""
        batch: list[str] = []
        for text in texts:
            batch.append(text)
            if len(batch) == _BATCH:
                yield from self.cut(batch)
                batch = []
        yield from self.cut(batch)


def make_tokenizer(parameters: TokenizerParameters, texts: Iterable[str]) -> Tokenizer:
    """Return a tokenizer; ``texts`` are read only by one that learns (BPE)."""
    settings = parameters.model_dump()
    state = {**settings, "versions": {name: version(name) for name in _LIBRARIES[parameters.name]}}
    if isinstance(parameters, BpeParameters):
        state["model"] = _train_bpe(texts, parameters)
    return load_tokenizer(state)


def load_tokenizer(state: Mapping[str, Any]) -> Tokenizer:
    """Return the tokenizer of a saved state.

    Raises:
        TokenizerVersionError: what is installed is not what it was made with.
    """
    for library, expected in state["versions"].items():
        if (installed := version(library)) != expected:
            raise TokenizerVersionError(
                f"The tokenizer {state['name']!r} was made with {library} {expected}; {installed} "
                f"is installed and may cut differently. Install {library}=={expected}, or run the "
                "stage text again."
            )
    return Tokenizer(state, _CUTTERS[state["name"]](state))


def boundaries(tokens: Iterable[str]) -> frozenset[int]:
    """Return where tokens end, in characters from the start, white space not counted."""
    return frozenset(accumulate(len(token) for token in tokens))


def _word(_: Mapping[str, Any]) -> Callable[[list[str]], list[list[str]]]:
    return lambda texts: [_WORD.findall(text) for text in texts]


def _janome(state: Mapping[str, Any]) -> Callable[[list[str]], list[list[str]]]:
    from janome.tokenizer import Tokenizer as Janome

    analyzer = Janome()
    if state["form"] == "surface":
        return lambda texts: [_visible(analyzer.tokenize(text, wakati=True)) for text in texts]
    # Janome writes "*" where the dictionary has no form.
    return lambda texts: [
        _visible(
            token.surface if token.base_form == "*" else token.base_form
            for token in analyzer.tokenize(text)
        )
        for text in texts
    ]


def _fugashi(state: Mapping[str, Any]) -> Callable[[list[str]], list[list[str]]]:
    import unidic_lite
    from fugashi import Tagger

    # Without naming it, fugashi takes another dictionary where one is installed.
    dictionary = f'-r "{unidic_lite.DICDIR}/mecabrc" -d "{unidic_lite.DICDIR}"'
    if state["form"] == "surface":
        tagger = Tagger(f"{dictionary} -O wakati")
        return lambda texts: [tagger.parse(text).split() for text in texts]
    tagger = Tagger(dictionary)
    return lambda texts: [
        _visible(token.feature.orthBase or token.surface for token in tagger(text))
        for text in texts
    ]


def _bpe(state: Mapping[str, Any]) -> Callable[[list[str]], list[list[str]]]:
    from tokenizers import Tokenizer as Pieces

    pieces = Pieces.from_str(json.dumps(state["model"]))
    names = {number: token for token, number in pieces.get_vocab().items()}
    # The fast way leaves the tokens out, and gives their numbers only.
    return lambda texts: [
        [names[number] for number in encoding.ids] for encoding in pieces.encode_batch_fast(texts)
    ]


# Merging takes more than linear time in a word's length, and text without spaces is one word.
_LONGEST_WORD = 100


def _train_bpe(texts: Iterable[str], parameters: BpeParameters) -> dict[str, Any]:
    """Return the model of Sennrich et al. (2016), learned from texts; a space is written as ▁."""
    from tokenizers import Regex, models, normalizers, pre_tokenizers, trainers
    from tokenizers import Tokenizer as Pieces

    pieces = Pieces(models.BPE(unk_token="<unk>"))
    pieces.normalizer = normalizers.Replace(Regex(r"\s+"), " ")
    pieces.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Metaspace(prepend_scheme="never"),
            pre_tokenizers.Punctuation("isolated"),
            pre_tokenizers.FixedLength(length=_LONGEST_WORD),
        ]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=parameters.vocabulary_size,
        min_frequency=parameters.min_frequency,
        special_tokens=["<unk>"],
        show_progress=False,
    )
    pieces.train_from_iterator(texts, trainer)
    model: dict[str, Any] = json.loads(pieces.to_str())
    return model


def _visible(tokens: Iterable[str]) -> list[str]:
    """Return the tokens without white space, which the analyzers take for words too."""
    return [part for token in tokens for part in token.split()]


_CUTTERS = {"word": _word, "janome": _janome, "fugashi": _fugashi, "bpe": _bpe}
_LIBRARIES: Mapping[str, tuple[str, ...]] = {
    "word": (),
    "janome": ("janome",),
    "fugashi": ("fugashi", "unidic-lite"),
    "bpe": ("tokenizers",),
}
