"""What the parameters of all stages that detect anomalies share."""

from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator

from kizu.parameters import Parameters

Rate = Annotated[float, Field(gt=0, lt=1)]


def _as_name(value: Any) -> Any:
    # `[0, 1]` in YAML means the classes named "0" and "1".
    return str(value) if type(value) is int else value


ClassName = Annotated[str, BeforeValidator(_as_name)]


class DetectParameters(Parameters):
    """What is normal, how often it may be flagged, and which detectors compete.

    A modality adds a group of parameters for each of its detectors, under the detector's name.
    """

    normal_classes: list[ClassName] = Field(
        min_length=1, description="Names of the normal classes; all others are anomalous."
    )
    false_positive_rates: list[Rate] = Field(
        min_length=1,
        description="Shares of normal items that may be flagged. The first decides what is "
        "flagged; the others are reported beside it.",
    )
    detectors: list[str] = Field(
        min_length=1, description="Which detectors are fitted, in this order."
    )
    combine: bool = Field(
        description="Whether the p-values of all detectors are combined into one more."
    )
    repetitions: int = Field(
        gt=0,
        description="Times a detector that draws random numbers is fitted, each with another seed; "
        "the first is the one that is kept.",
    )
    compare_untrained: bool = Field(
        description="Whether each trained detector is compared with itself after a single step."
    )
    examples_per_group: int = Field(
        gt=0, description="Items shown of the most anomalous, of the missed and of false alarms."
    )
    bootstrap_replicates: int = Field(gt=0, description="Resamplings behind an interval.")
    bootstrap_seed: int = Field(ge=0, description="Seed of the resamplings.")

    def of(self, detector: str) -> Parameters:
        """Return the parameters of a detector."""
        parameters: Parameters = getattr(self, detector)
        return parameters

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        for name in ("normal_classes", "false_positive_rates", "detectors"):
            values = getattr(self, name)
            if len(set(values)) < len(values):
                raise ValueError(f"{name} must name each value once, got {values}")
        return self

    @model_validator(mode="after")
    def _known_detectors(self) -> Self:
        # A modality may have settings of its own besides.
        own = [
            name for name in type(self).model_fields if isinstance(getattr(self, name), Parameters)
        ]
        if unknown := [name for name in self.detectors if name not in own]:
            raise ValueError(f"detectors names {unknown}; choose from: {', '.join(sorted(own))}")
        return self
