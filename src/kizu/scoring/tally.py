"""What was found among new data, in a few numbers."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from kizu.detection.drift import Drift
from kizu.reporting.formatting import count, counted, listed, percent
from kizu.reporting.names import words
from kizu.sources.files import Reject


@dataclass
class Tally:
    """Counts, filled while data is scored.

    Attributes:
        noun: what an item is, in the singular.
        rule: what is flagged, as a sentence.
        scored: items.
        flagged: of them.
        rejected: files, rows and lines that could not be scored.
        first_rejects: the first of them.
        notes: what a person should know, and how often it happened.
        drift: of each detector's scores against its calibration scores.
        lower: those detectors whose scores fell, the highest too, against their calibration scores.
        other_modality: whether nothing was scored, and no file's name looks like the modality.
        seconds: that all of it took, without loading the model.
    """

    noun: str
    rule: str
    scored: int = 0
    flagged: int = 0
    rejected: int = 0
    first_rejects: list[Reject] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)
    drift: dict[str, Drift] = field(default_factory=dict)
    lower: set[str] = field(default_factory=set)
    other_modality: bool = False
    seconds: float = 0.0

    @property
    def milliseconds_an_item(self) -> float | None:
        """Of those that were scored; None where there was none."""
        return 1000 * self.seconds / self.scored if self.scored else None

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return {
            "rule": self.rule,
            "scored": self.scored,
            "flagged": self.flagged,
            "rejected": self.rejected,
            "seconds": round(self.seconds, 3),
            "milliseconds_an_item": self.milliseconds_an_item,
            "notes": dict(sorted(self.notes.items())),
            "drift": {name: drift._asdict() for name, drift in self.drift.items()},
        }

    def speed(self) -> str:
        """Return how long it took, as a sentence."""
        each = self.milliseconds_an_item
        if each is None:
            return f"It took {self.seconds:,.1f} s beside loading the model."
        return (
            f"It took {self.seconds:,.1f} s beside loading the model, {each:,.2f} ms for each "
            f"{self.noun} scored."
        )

    def sentences(self) -> list[str]:
        """Return what a person should read, the most important first."""
        if self.scored:
            share = percent(self.flagged / self.scored)
            lines = [
                f"{counted(self.scored, self.noun)} scored, {count(self.flagged)} flagged "
                f"({share}). {self.rule}"
            ]
        else:
            question = " Is it data of another modality?" if self.other_modality else ""
            lines = [f"Nothing could be scored as {self.noun}s.{question}"]
        lines += [f"{count(times)} times {note}." for note, times in sorted(self.notes.items())]
        moved = [name for name, drift in self.drift.items() if drift.verdict.endswith("drift")]
        if higher := [words(name) for name in moved if name not in self.lower]:
            lines.append(
                f"The scores of {listed(higher)} do not look like those of the calibration: much "
                "of this data is anomalous, or normal data has changed since the training."
            )
        if lower := [words(name) for name in moved if name in self.lower]:
            lines.append(
                f"The scores of {listed(lower)} are lower than those of the calibration: this data "
                "is what the detector was trained on, or normal data has changed since."
            )
        return lines
