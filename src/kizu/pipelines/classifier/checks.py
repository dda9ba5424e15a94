"""What must hold between the parameters and the data before anything is trained."""

from typing import Any

import numpy as np

from kizu.pipelines.classifier.parameters import TRANSFORMER, ClassifierParameters


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


def check_data(images: np.ndarray, image_index: Any, parameters: ClassifierParameters) -> list[str]:
    """Return the names of the classes, in the order of their labels.

    Args:
        images: (N, C, H, W) uint8.
        image_index: data frame of N rows with `label`, `class_name` and `split`.
        parameters: of the stage.

    Raises:
        UnfitDataError: sizes, classes or splits that cannot be trained on.
    """
    _check_size(images.shape, parameters)
    names = _class_names(image_index)
    _check_splits(image_index, names)
    return names


def check_classes(model: Any, image_index: Any) -> None:
    """Refuse to measure a packed model on images of other classes.

    Raises:
        UnfitDataError: the names differ.
    """
    trained, present = model["config"]["class_names"], _class_names(image_index)
    if trained != present:
        raise UnfitDataError(
            f"The classifier knows {len(trained)} classes ({_some(trained)}), the images are of "
            f"{len(present)} ({_some(present)}).",
            "train the classifier on these images: run the stage `classifier` again",
        )


def _check_size(shape: tuple[int, ...], parameters: ClassifierParameters) -> None:
    _, channels, height, width = shape
    model = parameters.model
    if channels not in (1, 3) and model.architecture != TRANSFORMER:
        raise UnfitDataError(
            f"classifier.model.architecture is {model.architecture}, which takes gray or RGB "
            f"images; these have {channels} channels.",
            "set images.channels to gray or rgb, or classifier.model.architecture to vit",
        )
    square = {
        "classifier.model.architecture is vit": model.transformer is not None,
        "classifier.augmentation.crop_scale is set": parameters.augmentation.crop_scale is not None,
    }
    for what, needed in square.items():
        if needed and height != width:
            raise UnfitDataError(
                f"{what}, which needs square images; these are {height} x {width} pixels "
                "(height x width).",
                "add a step such as center_crop or resize to images.steps",
            )
    if model.transformer is not None and height % (patch := model.transformer.patch_size):
        choices = ", ".join(str(k) for k in range(1, height + 1) if height % k == 0)
        raise UnfitDataError(
            f"classifier.model.transformer.patch_size is {patch}, which does not divide images of "
            f"{height} x {width} pixels.",
            f"choose one of: {choices}; or resize the images in images.steps",
        )


def _class_names(image_index: Any) -> list[str]:
    classes = image_index.drop_duplicates("label").sort_values("label")
    labels, names = classes["label"].tolist(), classes["class_name"].tolist()
    if labels != list(range(len(labels))):
        raise UnfitDataError(
            f"The images' labels are {_some(labels)}; a classifier of {len(labels)} classes needs "
            f"0 to {len(labels) - 1}.",
            "make the index again: run the stage `images`",
        )
    if len(names) < 2:
        raise UnfitDataError(
            f"The images are of {len(names)} class ({_some(names)}); telling apart takes two.",
            "give the source a folder for each of two or more classes",
        )
    return names


def _check_splits(image_index: Any, names: list[str]) -> None:
    split, label = image_index["split"], image_index["label"]
    trained = set(label[split == "train"])
    if missing := [name for position, name in enumerate(names) if position not in trained]:
        raise UnfitDataError(
            f"There is no training image of {_some(missing)}.",
            "add images of it to the source, leave the class out, or raise images.split.train",
        )
    if not (split == "calibration").any():
        raise UnfitDataError(
            "There is no image in the calibration split, on which the training is watched.",
            "raise images.split.calibration",
        )


def _some(items: list[Any]) -> str:
    shown = ", ".join(str(item) for item in items[:5])
    return f"{shown}, ..." if len(items) > 5 else shown
