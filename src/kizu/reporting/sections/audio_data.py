"""What the models of sounds were given: counts, a look at every class, and what was left out."""

from collections.abc import Mapping
from typing import Any

from kizu.reporting.document import Block, KeyFigure, KeyFigures, Picture, Pictures, Section
from kizu.reporting.formatting import count, counted, number
from kizu.reporting.sections.parts import origin_blocks, rejected, split_counts


def audio_data_section(
    index: Any,
    *,
    metrics: Mapping[str, float],
    origin: Mapping[str, str],
    rejects: Any,
    overview: bytes,
) -> Section:
    """The clips by class and split, where they come from, their features, and rejected files.

    Args:
        index: one row a clip, with ``class_name`` and ``split``.
        metrics: of the stage `audio`: ``rate``, ``seconds``, ``bands`` and ``frames``.
        origin: of the source, see :func:`origin_blocks`.
        rejects: one row a file that was left out, with ``file`` and ``reason``.
        overview: PNG of features of every class.
    """
    blocks: list[Block] = [
        *origin_blocks(origin),
        KeyFigures(
            [
                KeyFigure("clips", count(len(index))),
                KeyFigure("length", f"{number(metrics['seconds'])} s"),
                KeyFigure("rate", f"{count(int(metrics['rate']))} Hz"),
                KeyFigure(
                    "features",
                    f"{count(int(metrics['bands']))} × {count(int(metrics['frames']))}",
                    "mel bands × frames",
                ),
            ]
        ),
        split_counts(index, "clip"),
        Pictures(
            [Picture.figure(overview, alt="Log-mel features of clips of every class, a row each.")]
        ),
        rejected(rejects),
    ]
    lead = (
        f"{counted(len(index), 'clip')}, each as log-mel features in decibels. Detectors are "
        "fitted on train, thresholds are set on calibration, every figure of merit comes from "
        "test."
    )
    return Section("data-audio", "Data: audio", lead, blocks)
