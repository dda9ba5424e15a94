"""Samples worth a look: the most anomalous ones and the worst mistakes, with residual maps."""

from typing import Any

import numpy as np

from kizu.reporting.document import (
    Block,
    Example,
    Examples,
    Folded,
    Heading,
    Notice,
    Picture,
    Section,
)
from kizu.reporting.formatting import number
from kizu.reporting.grids import image_grid
from kizu.reporting.pictures import encode_png, heat_map
from kizu.reporting.sections.detection import Metrics, by_detector
from kizu.reporting.series import words

# The groups in reading order: what a detector is proud of, then what it got wrong.
_GROUPS = (
    ("most_anomalous", "Most anomalous", "the highest scores of the test images"),
    ("missed", "Missed", "anomalous images that were not flagged, the lowest scores first"),
    ("false_alarm", "False alarms", "normal images that were flagged, the highest scores first"),
)
_ENLARGE = 6


def examples_section(
    examples: Any,
    *,
    metrics: Metrics,
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
        metrics: flat, ``<detector>.<metric>``; the best detector comes first, the others folded.
        images: (N, C, H, W) uint8, all of them.
        index: one row an image, in the order of ``images``: id, class_name.
        scores: one row an image and detector: id, detector, is_anomaly, score, p_value, flag.
        reconstructions: (E, C, H, W) uint8, the nearest normal image the detector could make.
        residuals: (E, H, W) magnitude of the difference as the detector sees it.
    """
    lead = (
        "From left to right: the image, the normal one closest to it that the detector knows or "
        "can make, and the residual. The brighter, the more a pixel departs from what was "
        "expected; all residuals of a detector share one scale."
    )
    names = dict(zip(index["id"], index["class_name"], strict=True))
    rows = dict(zip(index["id"], range(len(index)), strict=True))
    facts = scores.set_index(["detector", "id"])

    def example(position: int, detector: str, highest: float) -> Example:
        identity = examples["id"].iloc[position]
        return _example(
            names[identity],
            images[rows[identity]],
            reconstructions[position],
            heat_map(residuals[position], highest),
            facts.loc[(detector, identity)],
            identity,
        )

    parts: list[Folded] = []
    for detector in by_detector(metrics):
        own = (examples["detector"] == detector).to_numpy()
        if not own.any():
            continue
        highest = float(residuals[own].max())
        blocks: list[Block] = []
        for group, title, order in _GROUPS:
            chosen = np.flatnonzero(own & (examples["group"] == group).to_numpy())
            if chosen.size:
                items = [example(position, detector, highest) for position in chosen.tolist()]
                blocks.append(Examples(f"{title}: {order}", items))
            else:
                blocks.append(Notice(f"{title}: none."))
        parts.append(Folded(words(detector), blocks))
    if not parts:
        notice = Notice("No detector explained its scores.")
        return Section("examples", "Examples", lead, [notice])
    best, *others = parts
    return Section("examples", "Examples", lead, [Heading(best.title), *best.blocks, *others])


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
        (image_grid(image[None], columns=1), title),
        (image_grid(reconstruction[None], columns=1), f"reconstruction of {class_name}"),
        (residual, f"residual map of {class_name}"),
    )
    return Example(
        title=title,
        tag="flagged" if facts["flag"] else "not flagged",
        views=[
            Picture.pixels(encode_png(pixels), enlarge=_ENLARGE, alt=alt) for pixels, alt in views
        ],
        facts=(
            ("score", number(float(facts["score"]))),
            ("p", number(float(facts["p_value"]))),
            ("id", str(image_id)),
        ),
    )
