"""Documents as the text detectors take them."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np

from kizu.detection.text.windows import with_lines_before
from kizu.preprocessing.steps import apply_steps
from kizu.preprocessing.tokenizers import load_tokenizer
from kizu.preprocessing.vocabulary import PADDING, UNKNOWN, Vocabulary, number_rows
from kizu.reporting.document import Block
from kizu.reporting.sections.examples import brightest
from kizu.reporting.sections.examples_text import marked_line
from kizu.scoring.errors import ScoringError
from kizu.scoring.reader import Chunk, Explanation
from kizu.scoring.text.recipe import TextRecipe
from kizu.sources.files import Reject, RejectedFileError, SourceFile
from kizu.sources.text import Document, read_documents

_DOCUMENTS_AT_ONCE = 4096


_Place = tuple[str, int | None, str]
"""A document's file, its line there, and its text."""


class _Lines:
    """Remembers the last lines of a file from one chunk to the next.

    Args:
        lines_before: that a window has before its own.
        length: tokens of a line.
    """

    def __init__(self, lines_before: int, length: int) -> None:
        self._before = lines_before
        self._none = np.full((lines_before, length), PADDING, np.int32)
        self._file = ""
        self._last = self._none

    def windows(self, numbers: np.ndarray, files: Sequence[str]) -> np.ndarray:
        """Return each line with those before it in its file, (N, lines_before + 1, L).

        Args:
            numbers: (N, L), in the order of the files.
            files: of each line.
        """
        starts = [row for row, file in enumerate(files) if row == 0 or file != files[row - 1]]
        parts = [np.empty((0, self._before + 1, self._none.shape[1]), np.int32)]
        for start, stop in pairwise([*starts, len(files)]):
            before = self._last if files[start] == self._file else self._none
            lines = np.concatenate([before, numbers[start:stop]])
            parts.append(with_lines_before(lines, self._before)[self._before :])
            self._file = files[start]
            self._last = lines[len(lines) - self._before :]
        return np.concatenate(parts)


class TextReader:
    """Reads documents by a recipe; labels and times are not asked for.

    Where the model looks at the lines before a document, these are the ones before it in its file,
    and the first has none. The rows of a data frame follow each other as the lines of one file do.
    """

    noun: ClassVar[str] = "document"
    legend: ClassVar[str] = (
        "The text as the detectors got it, under the lines before it where they look at them. The "
        "darker and the thicker underlined a token, the less it was expected; each has a scale of "
        "its own. A dotted frame is around tokens that the vocabulary lacks."
    )
    columns: ClassVar[Mapping[str, str]] = {"text": "string"}

    def __init__(self, recipe: TextRecipe) -> None:
        self._recipe = recipe
        self._tokenizer = load_tokenizer(recipe.tokenizer)
        self._vocabulary = Vocabulary.from_json(recipe.vocabulary)

    def read(self, files: Iterable[SourceFile | Reject]) -> Iterator[Chunk | Reject]:
        """Yield chunks of at most 4,096 documents, of one file or of several."""
        lines = _Lines(self._recipe.lines_before, self._recipe.length)
        waiting: list[_Place] = []
        for found in self._documents(files):
            if isinstance(found, Reject):
                yield found
                continue
            waiting.append(found)
            if len(waiting) == _DOCUMENTS_AT_ONCE:
                yield self._chunk(waiting, lines)
                waiting = []
        if waiting:
            yield self._chunk(waiting, lines)

    def read_frame(self, frame: Any) -> tuple[np.ndarray, np.ndarray, dict[int, str]]:
        """Return the items of documents in a column ``text``."""
        if "text" not in frame.columns:
            raise ScoringError("the input lacks the column 'text'.", "give a document a row in it")
        texts, kept, rejected = [], [], {}
        for position, text in enumerate(frame["text"]):
            if isinstance(text, str) and text.strip():
                texts.append(text)
                kept.append(position)
            else:
                rejected[position] = "has no text"
        lines = _Lines(self._recipe.lines_before, self._recipe.length)
        items = lines.windows(self._numbers(texts)[0], [""] * len(texts))
        return items, np.array(kept, np.int64), rejected

    def explain(self, chunk: Chunk, position: int, weights: np.ndarray) -> Explanation:
        """Return the document's tokens, and how much each is to blame."""
        text, words = chunk.shown[position]
        tokens = [
            {"token": word, "weight": float(weight)}
            for word, weight in zip(words, weights, strict=False)  # beyond them is padding
        ]
        content = json.dumps({"text": text, "tokens": tokens}, indent=2, ensure_ascii=False) + "\n"
        return Explanation(content.encode(), ".json")

    def show(self, chunk: Chunk, position: int, weights: np.ndarray) -> Sequence[Block]:
        """Return the tokens with marks, under those of the lines before it in this chunk."""
        first = max(0, position - self._recipe.lines_before)
        lines = [
            " ".join(chunk.shown[place][1])
            for place in range(first, position + 1)
            if chunk.files[place] == chunk.files[position]
        ]
        known = chunk.items[position, -1] != UNKNOWN
        return [marked_line(lines, known, weights, brightest(weights))]

    def _documents(self, files: Iterable[SourceFile | Reject]) -> Iterator[_Place | Reject]:
        for file in files:
            if isinstance(file, Reject):
                yield file
                continue
            layout = self._recipe.layout.without_labels()
            some = False
            try:
                _, found = read_documents(file, layout, self._recipe.checks)
                for item in found:
                    some = True
                    yield _placed(file, item) if isinstance(item, Document) else item
                if not some:
                    yield Reject(file.path, "holds no document")
            except RejectedFileError as error:
                yield Reject(file.path, str(error))

    def _chunk(self, documents: Sequence[_Place], lines: _Lines) -> Chunk:
        files, rows, texts = zip(*documents, strict=True)
        numbers, words = self._numbers(texts)
        longest = self._recipe.length
        cut = sum(len(own) > longest for own in words)
        notes = {f"a document of which only the first {longest} tokens were looked at": cut}
        shown = list(zip(texts, words, strict=True))
        items = lines.windows(numbers, files)
        return Chunk(files, rows, items, shown, notes if cut else {})

    def _numbers(self, texts: Sequence[str]) -> tuple[np.ndarray, list[list[str]]]:
        """Return the numbered tokens of documents, int32 (N, L), and the tokens themselves."""
        recipe = self._recipe
        cleaned = [apply_steps(text, recipe.steps) for text in texts]
        words = [apply_steps(cut, recipe.token_steps) for cut in self._tokenizer.tokenize(cleaned)]
        return number_rows(words, len(words), self._vocabulary, recipe.length), words


def _placed(file: SourceFile, document: Document) -> _Place:
    line = document.id.removeprefix(file.id).removeprefix(":")
    return file.path, int(line) if line else None, document.text
