"""What must hold between the parameters and the data before anything is trained."""

from typing import Any

import numpy as np

from kizu.pipelines.classifier.parameters import TRANSFORMER, ClassifierParameters
from kizu.pipelines.unfit_data import UnfitDataError, check_calibration, class_names, some


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
            f"The classifier knows {len(trained)} classes ({some(trained)}), the images are of "
            f"{len(present)} ({some(present)}).",
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
    names = class_names(image_index)
    if len(names) < 2:
        raise UnfitDataError(
            f"The images are of {len(names)} class ({some(names)}); telling apart takes two.",
            "give the source a folder for each of two or more classes",
        )
    return names


def _check_splits(image_index: Any, names: list[str]) -> None:
    split, label = image_index["split"], image_index["label"]
    trained = set(label[split == "train"])
    if missing := [name for position, name in enumerate(names) if position not in trained]:
        raise UnfitDataError(
            f"There is no training image of {some(missing)}.",
            "add images of it to the source, leave the class out, or raise images.split.train",
        )
    check_calibration(image_index)
