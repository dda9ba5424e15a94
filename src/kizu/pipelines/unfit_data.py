"""What every stage that trains on images asks of them, and the error of those that do not fit."""

from typing import Any


class UnfitDataError(ValueError):
    """The parameters and the data do not fit each other.

    Attributes:
        message: what does not fit.
        way_out: the key to change, and its choices.
    """

    def __init__(self, message: str, way_out: str) -> None:
        super().__init__(f"{message} To go on, {way_out}.")
        self.message = message
        self.way_out = way_out


def class_names(image_index: Any) -> list[str]:
    """Return the names of the classes, in the order of their labels.

    Args:
        image_index: data frame with `label` and `class_name`.

    Raises:
        UnfitDataError: the labels of K classes are not 0 to K - 1.
    """
    classes = image_index.drop_duplicates("label").sort_values("label")
    labels, names = classes["label"].tolist(), classes["class_name"].tolist()
    if labels != list(range(len(labels))):
        raise UnfitDataError(
            f"The images' labels are {some(labels)}; a network for {len(labels)} classes needs "
            f"0 to {len(labels) - 1}.",
            "make the index again: run the stage `images`",
        )
    return [str(name) for name in names]


def check_calibration(image_index: Any) -> None:
    """Refuse data without a calibration split.

    Raises:
        UnfitDataError: there is none.
    """
    if not (image_index["split"] == "calibration").any():
        raise UnfitDataError(
            "There is no image in the calibration split, on which the training is watched.",
            "raise images.split.calibration",
        )


def some(items: list[Any]) -> str:
    """Return the first items, for a message."""
    shown = ", ".join(str(item) for item in items[:5])
    return f"{shown}, ..." if len(items) > 5 else shown
