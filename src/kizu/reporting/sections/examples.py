"""Items worth a look: the most anomalous ones beside the worst mistakes, whatever the modality."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from kizu.reporting.document import Block, Section
from kizu.reporting.exhibits import (
    DetectorExamples,
    Example,
    ExampleFilters,
    ExampleGroup,
    ModalityExamples,
)
from kizu.reporting.formatting import count, number
from kizu.reporting.names import words
from kizu.reporting.sections.detected import Detected

# The groups in reading order: what a detector is proud of, then what it got wrong.
_GROUPS = (
    ("most_anomalous", "Most anomalous", "the highest scores of the test {items}"),
    ("missed", "Missed", "anomalous {items} that were not flagged, the lowest scores first"),
    ("false_alarm", "False alarms", "normal {items} that were flagged, the highest scores first"),
)
_BRIGHTEST = 0.995


def examples_section(modalities: Sequence[ModalityExamples]) -> Section:
    """The examples of all modalities under controls that show fewer of them.

    Args:
        modalities: in order.
    """
    lead = (
        "What each detector found most anomalous, beside its worst mistakes: the anomalies it "
        "missed and the normal items it flagged."
    )
    filters = ExampleFilters(modalities, [(key, title) for key, title, _ in _GROUPS])
    explained = any(modality.detectors for modality in modalities)
    return Section("examples", "Examples", lead, [*([filters] if explained else []), *modalities])


def modality_examples(
    detected: Detected, examples: Any, contents: Sequence[Sequence[Block]], *, lead: str
) -> ModalityExamples:
    """The examples of a modality by detector and group, the best detector first and open.

    Args:
        detected: the detectors.
        examples: one row an example in reading order: detector, group, id and alike, the
            number of equal items that are not shown.
        contents: how each example is shown, row by row as ``examples``.
        lead: what is to be seen in them.
    """
    scores = detected.scores
    facts = scores[scores["id"].isin(examples["id"])].set_index(["detector", "id"])
    modality = detected.modality
    detectors: list[DetectorExamples] = []
    for name in detected.detectors:
        own = (examples["detector"] == name).to_numpy()
        if not own.any():
            continue
        groups = []
        for key, title, note in _GROUPS:
            chosen = np.flatnonzero(own & (examples["group"] == key).to_numpy()).tolist()
            items = []
            for position in chosen:
                example = examples.iloc[position]
                known = facts.loc[(name, example["id"])]
                items.append(_example(example, known, contents[position]))
            groups.append(ExampleGroup(key, title, note.format(items=modality.items), items))
        detectors.append(DetectorExamples(name, words(name), groups, open=not detectors))
    return ModalityExamples(modality.key, modality.title, lead, detectors)


def highest_explanations(examples: Any, explanations: np.ndarray) -> np.ndarray:
    """The (E,) value that is drawn brightest: the highest of an example's detector and group.

    The few values beyond the 99.5th percentile count as that: a single one would leave all else
    dark. What was missed would be dark beside what was found, so each group has its own scale.

    Args:
        examples: E rows with ``detector`` and ``group``.
        explanations: (E, …), non-negative.
    """
    highest = np.zeros(len(examples))
    for rows in examples.groupby(["detector", "group"], sort=False).indices.values():
        highest[rows] = brightest(explanations[rows])
    return highest


def brightest(explanations: np.ndarray) -> float:
    """The value that is drawn brightest where explanations share one scale.

    Args:
        explanations: non-negative, at least one value.
    """
    values = np.nan_to_num(explanations)
    return float(np.quantile(values, _BRIGHTEST, method="higher")) or float(values.max())


def _example(example: Any, facts: Any, content: Sequence[Block]) -> Example:
    truth = "anomalous" if facts["is_anomaly"] else "normal"
    name = str(facts["class_name"])
    alike = (("alike", f"{count(example['alike'])} more"),) if example["alike"] else ()
    return Example(
        title=truth if name == truth else f"{name}, {truth}",
        tag="flagged" if facts["flag"] else "not flagged",
        content=content,
        facts=(
            ("score", number(float(facts["score"]))),
            ("p", number(float(facts["p_value"]))),
            ("id", str(example["id"])),
            *alike,
        ),
    )
