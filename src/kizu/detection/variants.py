"""The same detector under another seed, or before it has learned anything."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from kizu.parameters import Parameters


class _Seed(NamedTuple):
    """The seed among some parameters, and the parameters with another in its place."""

    value: int
    replace: Callable[[int], Parameters]


def reseeded(parameters: Parameters, seed: int) -> Parameters | None:
    """Return the parameters with another seed; None for a detector that draws nothing.

    A detector's seed is its ``training.seed``, or else its ``seed``.
    """
    own = _seed(parameters)
    return None if own is None else own.replace(seed)


def untrained(parameters: Parameters) -> Parameters | None:
    """Return the parameters of a training of one step; None for a detector that trains nothing.

    What such a detector scores is the work of its architecture and its other parts. A training
    is worth its time by what it adds to that.
    """
    if "training" not in type(parameters).model_fields:
        return None
    training = parameters.training.model_copy(  # type: ignore[attr-defined]
        update={"steps": 1, "evaluate_every": None}
    )
    return parameters.model_copy(update={"training": training})


def variants(
    parameters: Parameters, *, repetitions: int, compare_untrained: bool
) -> Iterator[tuple[str, Parameters]]:
    """Yield what a detector is compared with: itself under other seeds, and untrained.

    Args:
        parameters: of the detector.
        repetitions: trainings in all; the first is the detector itself, which is not yielded.
        compare_untrained: whether the untrained one is yielded.

    Yields:
        ``seed <n>`` or ``untrained``, and the parameters.
    """
    if (own := _seed(parameters)) is not None:
        for seed in range(own.value + 1, own.value + repetitions):
            yield f"seed {seed}", own.replace(seed)
    if compare_untrained and (start := untrained(parameters)) is not None:
        yield "untrained", start


def _seed(parameters: Any) -> _Seed | None:
    def replace(seed: int) -> Parameters:
        copy: Parameters = parameters.model_copy(update={"seed": seed})
        return copy

    def replace_in_training(seed: int) -> Parameters:
        training = parameters.training.model_copy(update={"seed": seed})
        copy: Parameters = parameters.model_copy(update={"training": training})
        return copy

    fields = type(parameters).model_fields
    if "training" in fields:
        return _Seed(parameters.training.seed, replace_in_training)
    return _Seed(parameters.seed, replace) if "seed" in fields else None
