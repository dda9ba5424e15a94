"""How well the heat maps of detectors find where images are anomalous."""

from collections.abc import Mapping
from typing import NamedTuple

from kizu.reporting.document import Cell, Column, Table
from kizu.reporting.formatting import counted, number
from kizu.reporting.names import words
from kizu.reporting.sections.detected import Detected


class _Scenes(NamedTuple):
    """A kind of images with masks, by its prefix among the metrics."""

    prefix: str
    label: str
    note: str


_SCENES = (
    _Scenes("masked", "real", "{images} with a mask, beside all normal ones."),
    _Scenes(
        "planted",
        "planted",
        "{images}, normal ones with a patch of another image pasted in (after CutPaste), so that "
        "the mask is known. Real defects may be easier to find, or harder.",
    ),
)
# Of a map that knows nothing: the overlap is the false-positive rate, up to its limit of 0.3.
_CHANCE = {"pixel_auroc": 0.5, "per_region_overlap": 0.15}
_LABELS = {"pixel_auroc": "pixel AUROC, {}", "per_region_overlap": "AUPRO, {}"}

_EXPLAINED = (
    "AUPRO: the share of each region that is found, averaged over regions, up to a false-positive "
    "rate of 30% of the pixels. One threshold holds for all images."
)


def heat_map_table(detected: Detected) -> Table | None:
    """The detectors whose heat maps were held against masks; None where none was.

    Args:
        detected: of a modality; ``<scenes>.images`` counts images, and
            ``<detector>.<scenes>.<metric>`` is measured, of the scenes ``masked`` and ``planted``.
    """
    scenes = [own for own in _SCENES if f"{own.prefix}.images" in detected.metrics]
    columns = [(own, metric) for own in scenes for metric in _LABELS]
    measured = {
        name: [own.get(f"{scene.prefix}.{metric}") for scene, metric in columns]
        for name, own in detected.detectors.items()
    }
    rows = {name: values for name, values in measured.items() if any(v is not None for v in values)}
    if not rows:
        return None
    return Table(
        caption="Heat maps against masks, pixel by pixel",
        columns=[
            Column("detector", sort="text"),
            *(
                Column(_LABELS[metric].format(scene.label), numeric=True, sort="value")
                for scene, metric in columns
            ),
        ],
        rows=[
            *(
                [Cell(words(name), tag=detected.tag(name)), *map(_cell, values)]
                for name, values in rows.items()
            ),
            [Cell("no map", tag="chance"), *(_cell(_CHANCE[metric]) for _, metric in columns)],
        ],
        note=" ".join([*(_note(scene, detected.metrics) for scene in scenes), _EXPLAINED]),
    )


def _cell(value: float | None) -> Cell:
    return Cell(number(value), value=value)


def _note(scenes: _Scenes, metrics: Mapping[str, float]) -> str:
    images = counted(int(metrics[f"{scenes.prefix}.images"]), "test image")
    return f"{scenes.label.capitalize()}: {scenes.note.format(images=images)}"
