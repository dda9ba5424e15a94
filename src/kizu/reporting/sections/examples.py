"""Samples worth a look: the most anomalous ones and the worst mistakes, with residual maps."""

from typing import Any

import numpy as np

from kizu.reporting.document import Block, Example, Examples, Heading, Notice, Picture, Section
from kizu.reporting.formatting import number
from kizu.reporting.grids import image_grid
from kizu.reporting.pictures import encode_png, heat_map
from kizu.reporting.series import words

# The groups in reading order: what a detector is proud of, then what it got wrong.
_GROUPS = (
    ("most_anomalous", "Most anomalous: the highest scores of the test images"),
    ("missed", "Missed: anomalous images with the lowest scores"),
    ("false_alarm", "False alarms: normal images with the highest scores"),
)
_ENLARGE = 6


def examples_section(
    examples: Any,
    *,
    images: np.ndarray,
    index: Any,
    scores: Any,
    reconstructions: np.ndarray,
    residuals: np.ndarray,
) -> Section:
    """Image, reconstruction and residual of chosen test images, by detector and group.

    Args:
        examples: one row an example in reading order: detector, group, id; row e belongs to
            ``reconstructions[e]`` and ``residuals[e]``.
        images: (N, C, H, W) uint8, all of them.
        index: one row an image, in the order of ``images``: id, class_name.
        scores: one row an image and detector: id, detector, is_anomaly, score, p_value, flag.
        reconstructions: (E, C, H, W) uint8, the nearest normal image the detector could make.
        residuals: (E, H, W) magnitude of the difference as the detector sees it.
    """
    lead = (
        "A detector that reconstructs shows what it would have expected. The brighter the "
        "residual, the more a pixel departs from it; all residuals of a detector share one scale."
    )
    if len(examples) == 0:
        notice = Notice("No detector explained its scores.")
        return Section("examples", "Examples", lead, [notice])
    rows = dict(zip(index["id"], range(len(index)), strict=True))
    names = dict(zip(index["id"], index["class_name"], strict=True))
    facts = scores.set_index(["detector", "id"])
    positions = np.arange(len(examples))
    blocks: list[Block] = []
    for detector in dict.fromkeys(examples["detector"]):
        own = (examples["detector"] == detector).to_numpy()
        highest = float(np.abs(residuals[own]).max())
        blocks.append(Heading(words(detector)))
        for group, caption in _GROUPS:
            chosen = positions[own & (examples["group"] == group).to_numpy()]
            items = []
            for position in chosen:
                image_id = examples["id"].iloc[position]
                items.append(
                    _example(
                        str(names[image_id]),
                        images[rows[image_id]],
                        reconstructions[position],
                        heat_map(residuals[position], highest),
                        facts.loc[(detector, image_id)],
                        image_id,
                    )
                )
            if items:
                blocks.append(Examples(caption, items))
            else:
                blocks.append(Notice(f"{caption.partition(':')[0]}: none."))
    return Section("examples", "Examples", lead, blocks)


def _example(
    class_name: str,
    image: np.ndarray,
    reconstruction: np.ndarray,
    residual: np.ndarray,
    facts: Any,
    image_id: str,
) -> Example:
    truth = "anomalous" if facts["is_anomaly"] else "normal"
    title = f"{class_name}, {truth}"
    views = (
        ("image", image_grid(image[None], columns=1), title),
        (
            "reconstruction",
            image_grid(reconstruction[None], columns=1),
            f"reconstruction of {class_name}",
        ),
        ("residual", residual, f"residual map of {class_name}"),
    )
    return Example(
        title=title,
        tag="flagged" if facts["flag"] else "not flagged",
        views=[
            Picture.pixels(encode_png(pixels), enlarge=_ENLARGE, alt=alt, caption=label)
            for label, pixels, alt in views
        ],
        facts=(
            ("score", number(float(facts["score"]))),
            ("p", number(float(facts["p_value"]))),
            ("id", str(image_id)),
        ),
    )
