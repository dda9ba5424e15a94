"""What the stages that detect anomalies have in common, whatever the modality.

A detector is fitted on normal items of the train split, its threshold is set on normal items of
the calibration split, and its figures are computed on the test split: three sets that share
nothing.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from kizu.detection.conformal import check_calibration_size
from kizu.detection.protocol import Kinds
from kizu.pipelines.detecting_parameters import DetectParameters


def as_they_are(items: np.ndarray, parameters: Any) -> np.ndarray:
    """Return the items: detectors take them as they are saved."""
    return items


class Modality(NamedTuple):
    """What differs between the stages that detect anomalies.

    Attributes:
        prefix: what the names of the modality's datasets begin with.
        items: the dataset of the N items.
        parameters: the type of the stage's parameters.
        kinds: imports the detectors and returns them by name.
        check: raises `SplitError` for items and an index of which one is in two splits.
        read: maps the items and the stage's parameters to what detectors take, (N, …).
    """

    prefix: str
    items: str
    parameters: type[DetectParameters]
    kinds: Callable[[], Kinds]
    check: Callable[[np.ndarray, Any], None]
    read: Callable[[np.ndarray, Any], np.ndarray] = as_they_are


class Roles(NamedTuple):
    """Which rows of an index do what.

    Attributes:
        normal: (N,) whether the item is of a normal class.
        fit: rows that detectors are fitted on.
        calibrate: rows that thresholds are set on.
        test: rows that figures are computed on.
    """

    normal: np.ndarray
    fit: np.ndarray
    calibrate: np.ndarray
    test: np.ndarray


def check_contents(items: np.ndarray, index: Any) -> None:
    """Raise `SplitError` if an id, or the content of an item, is in two splits."""
    from kizu.preprocessing.splits import check_disjoint, content_hashes

    check_disjoint(index["id"].tolist(), content_hashes(items), index["split"].tolist())


def check_ids(items: np.ndarray, index: Any) -> None:
    """Raise `SplitError` if an id is in two splits; items of equal content may be."""
    from kizu.preprocessing.splits import check_disjoint

    ids = index["id"].tolist()
    check_disjoint(ids, ids, index["split"].tolist())


def divide(index: Any, parameters: DetectParameters) -> Roles:
    """Return what each row of the index is for.

    Args:
        index: data frame of N rows with `class_name` and `split`.
        parameters: of the stage.

    Raises:
        ValueError: a normal class that no item has, no normal item to fit on, too few to calibrate
            on, or a test split without normal or without anomalous items.
    """
    names = index["class_name"].astype(str).to_numpy()
    known = set(names.tolist())
    if missing := [name for name in parameters.normal_classes if name not in known]:
        raise ValueError(
            f"normal_classes={parameters.normal_classes} names {missing}, which no item has; "
            f"choose from: {', '.join(sorted(known))}"
        )
    normal = np.isin(names, parameters.normal_classes)
    splits = index["split"].to_numpy()
    roles = Roles(
        normal,
        np.flatnonzero(normal & (splits == "train")),
        np.flatnonzero(normal & (splits == "calibration")),
        np.flatnonzero(splits == "test"),
    )
    if not len(roles.fit):
        raise ValueError(
            f"normal_classes={parameters.normal_classes}: the train split holds none of them"
        )
    # Before hours of training, not after.
    check_calibration_size(len(roles.calibrate), parameters.false_positive_rates[0])
    tested = normal[roles.test]
    if tested.all() or not tested.any():
        raise ValueError(
            f"normal_classes={parameters.normal_classes}: the test split must hold normal and "
            f"anomalous items, got {int(tested.sum())} normal ones of {len(tested)}"
        )
    return roles
