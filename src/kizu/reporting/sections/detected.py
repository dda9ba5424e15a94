"""What a stage that detects anomalies hands to the report, whatever the modality."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from kizu.reporting.formatting import counted, listed

Metrics = Mapping[str, float]


@dataclass(frozen=True)
class Modality:
    """A kind of data.

    Attributes:
        key: its name, in the plural: "images", "audio", "tables", "text".
        item: what one of it is called.
        items: the plural of that.
    """

    key: str
    item: str
    items: str

    @property
    def title(self) -> str:
        """The modality as a heading."""
        return self.key.capitalize()


MODALITIES = {
    modality.key: modality
    for modality in (
        Modality("images", "image", "images"),
        Modality("audio", "clip", "clips"),
        Modality("tables", "row", "rows"),
        Modality("text", "line", "lines"),
    )
}


@dataclass(frozen=True)
class Detected:
    """The detectors of one modality, and how they did.

    Attributes:
        modality: what they look at.
        metrics: flat, ``<detector>.<metric>``, as `pipelines.detecting.measure_detection` returns
            them.
        scores: one row an item and detector: id, class_name, is_anomaly, split, detector, score,
            p_value and flag.
        baselines: the detectors that stand for what is easy.
        combined: the detector that combines all others.
    """

    modality: Modality
    metrics: Metrics
    scores: Any
    baselines: Sequence[str]
    combined: str

    @cached_property
    def detectors(self) -> dict[str, dict[str, float]]:
        """The metrics of each detector, the best AUROC first."""
        detectors: dict[str, dict[str, float]] = {}
        for key, value in self.metrics.items():
            detector, dot, metric = key.partition(".")
            if dot:
                detectors.setdefault(detector, {})[metric] = value
        scored = [name for name, own in detectors.items() if "auroc" in own]
        return {
            name: detectors[name]
            for name in sorted(scored, key=lambda name: (-detectors[name]["auroc"], name))
        }

    @property
    def best(self) -> str | None:
        """The single detector of the highest AUROC: no baseline, and not the combination."""
        others = {*self.baselines, self.combined}
        return next((name for name in self.detectors if name not in others), None)

    @property
    def best_baseline(self) -> str | None:
        """The baseline of the highest AUROC."""
        return next((name for name in self.detectors if name in self.baselines), None)

    def tag(self, detector: str) -> str:
        """What sets a detector apart from the others; empty where nothing does."""
        if detector == self.combined:
            return "combination"
        return "baseline" if detector in self.baselines else ""

    def tested(self, detector: str) -> Any:
        """The scores of a detector on the test split."""
        return self.scores[(self.scores["detector"] == detector) & (self.scores["split"] == "test")]

    @cached_property
    def calibration_size(self) -> int:
        """How many items set the thresholds."""
        return int(self.scores.loc[self.scores["split"] == "calibration", "id"].nunique())

    @property
    def task(self) -> str:
        """What is normal, and how many test items there are of either kind."""
        scores, modality = self.scores, self.modality
        normal = sorted(
            str(name) for name in scores.loc[scores["is_anomaly"] == 0, "class_name"].unique()
        )
        test = scores[scores["split"] == "test"].drop_duplicates("id")
        anomalous = int((test["is_anomaly"] == 1).sum())
        plain = counted(
            len(test) - anomalous, f"normal {modality.item}", f"normal {modality.items}"
        )
        return (
            f"Normal: {listed(normal) or 'nothing'}; all else is anomalous. The test split holds "
            f"{plain} and {counted(anomalous, 'anomalous one')}."
        )
