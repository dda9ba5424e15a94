"""The same detector under another seed, or before it has learned anything."""

from collections.abc import Iterator

from kizu.parameters import Parameters


def reseeded(parameters: Parameters, seed: int) -> Parameters | None:
    """Return the parameters with another seed; None for a detector that draws nothing.

    A detector's seed is its ``training.seed``, or else its ``seed``.
    """
    fields = type(parameters).model_fields
    if "training" in fields:
        training = parameters.training.model_copy(update={"seed": seed})  # type: ignore[attr-defined]
        return parameters.model_copy(update={"training": training})
    if "seed" in fields:
        return parameters.model_copy(update={"seed": seed})
    return None


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
    first = _seed(parameters)
    if first is not None:
        for seed in range(first + 1, first + repetitions):
            other = reseeded(parameters, seed)
            assert other is not None
            yield f"seed {seed}", other
    if compare_untrained and (start := untrained(parameters)) is not None:
        yield "untrained", start


def _seed(parameters: Parameters) -> int | None:
    training = getattr(parameters, "training", None)
    seed: int | None = getattr(training if training is not None else parameters, "seed", None)
    return seed
