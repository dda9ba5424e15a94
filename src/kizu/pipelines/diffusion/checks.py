"""What must hold between the parameters and the data before anything is trained."""

from typing import Any

import numpy as np

from kizu.pipelines.unfit_data import UnfitDataError, check_calibration, class_names


def check_data(images: np.ndarray, image_index: Any) -> list[str]:
    """Return the names of the classes, in the order of their labels.

    Args:
        images: (N, C, H, W) uint8.
        image_index: data frame of N rows with `label`, `class_name` and `split`.

    Raises:
        UnfitDataError: images that are not square, labels with gaps, or a split without images.
    """
    height, width = images.shape[2:]
    if height != width:
        raise UnfitDataError(
            f"diffusion.network needs square images; these are {height} x {width} pixels "
            "(height x width).",
            "add a step such as center_crop or resize to images.steps",
        )
    if not (image_index["split"] == "train").any():
        raise UnfitDataError("There is no image in the train split.", "raise images.split.train")
    check_calibration(image_index)
    return class_names(image_index)
