"""Text examples: the line with the tokens marked that were not expected."""

from typing import Any

import numpy as np

from kizu.reporting.exhibits import MarkedLine, ModalityExamples, Word
from kizu.reporting.sections.detected import Detected
from kizu.reporting.sections.examples import highest_explanations, modality_examples

_MOST_BLAMED = 3


def text_examples(
    detected: Detected,
    examples: Any,
    *,
    lines: list[list[str]],
    known: np.ndarray,
    explanations: np.ndarray,
) -> ModalityExamples:
    """Test lines with their tokens marked, under the lines before them.

    Args:
        detected: the detectors.
        examples: one row an example: detector, group, id.
        lines: of each example, what the detectors got: the tokens of the line, with spaces
            between them, last; before it those of the lines that precede it.
        known: (E, L) whether a token is in the vocabulary.
        explanations: (E, L), the larger, the less a token was expected.
    """
    highest = highest_explanations(examples, explanations)
    contents = [
        [marked_line(lines[position], known[position], explanations[position], scale)]
        for position, scale in enumerate(highest.tolist())
    ]
    lead = (
        "The line as the detectors got it, under the lines before it. The darker and the thicker "
        "underlined a token, the less it was expected; all lines of a group share one scale. A "
        "dotted frame is around tokens that the vocabulary lacks."
    )
    return modality_examples(detected, examples, contents, lead=lead)


def marked_line(
    lines: list[str], known: np.ndarray, blame: np.ndarray, highest: float
) -> MarkedLine:
    """A line with its tokens marked, under those before it.

    Args:
        lines: tokens with spaces between them; the line itself is the last.
        known: (L,) whether a token is in the vocabulary.
        blame: (L,), the larger, the less a token was expected.
        highest: the blame that is marked most.
    """
    *before, line = lines
    tokens = line.split()
    shown = tokens[: len(blame)]  # a long document was cut: its last tokens have no explanation
    share = np.clip(np.nan_to_num(blame[: len(shown)]) / (highest or 1.0), 0, 1)
    words = [
        Word(token, int(level), bool(is_known))
        for token, level, is_known in zip(shown, np.rint(share * Word.LEVELS), known, strict=False)
    ]
    worst = [place for place in np.argsort(-share, kind="stable") if words[place].level > 0]
    blamed = dict.fromkeys(words[place].text for place in worst)
    return MarkedLine(words, list(blamed)[:_MOST_BLAMED], before, cut=len(tokens) - len(words))
