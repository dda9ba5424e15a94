"""What the generators make, and how far that is from real images."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kizu.reporting.document import (
    Block,
    Cell,
    Column,
    Heading,
    Notice,
    Picture,
    Pictures,
    Section,
    Table,
)
from kizu.reporting.formatting import count, number
from kizu.reporting.sections.training import History, history_charts

# A grid has a pixel of the model for a pixel of the file, too small to look at.
_ENLARGE = 2

# Metric, what a reader calls it, and which way is better or what is to be expected.
_AGAINST_REFERENCE = (
    ("frechet_distance", "Fréchet distance (FID)", "lower"),
    ("kernel_distance", "kernel distance (KID)", "lower"),
    ("precision", "precision", "higher"),
    ("recall", "recall", "higher"),
    ("density", "density", "higher"),
    ("coverage", "coverage", "higher"),
    ("intra_class_frechet_distance", "Fréchet distance within classes, mean", "lower"),
)
_ALONE = (
    ("inception_score", "inception score", "higher is better"),
    ("label_accuracy", "classified as asked", "higher is better"),
    ("train.nearest_distance", "distance to the nearest training image", "as real ones"),
    ("train.nearer_share", "nearer to training than real test images are", "a half is honest"),
    ("train.copied_share", "as near as a hundredth of the real test images", "0.01 is honest"),
)


@dataclass(frozen=True)
class Samples:
    """Pictures of what one generator makes.

    Attributes:
        subject: the generator, in words.
        grid: PNG of samples; a row holds one class where the generator knows classes.
        nearest: PNG of samples, each left of its nearest training images.
        interpolation: PNG whose rows walk between two latents, where there is one.
    """

    subject: str
    grid: bytes
    nearest: bytes
    interpolation: bytes | None = None


def samples_section(generators: Sequence[Samples]) -> Section:
    """Samples of every generator, walks between them, and their nearest training images."""
    blocks: list[Block] = []
    for shown in generators:
        pictures = [
            Picture.pixels(
                shown.grid,
                enlarge=_ENLARGE,
                alt=f"{shown.subject}: grid of generated images, a class a row.",
                caption="Samples, drawn at random and not picked; a row is a class.",
            ),
            Picture.pixels(
                shown.nearest,
                enlarge=_ENLARGE,
                alt=f"{shown.subject}: generated images beside their nearest training images.",
                caption="The samples that are closest to a training image, each left of its "
                "nearest training images: a copy would show here.",
            ),
        ]
        if shown.interpolation is not None:
            picture = Picture.pixels(
                shown.interpolation,
                enlarge=_ENLARGE,
                alt=f"{shown.subject}: generated images that change from left to right.",
                caption="Interpolation: each row walks from one latent to another. Smooth change "
                "without a jump speaks against memorized images.",
            )
            pictures.append(picture)
        blocks += [Heading(shown.subject), Pictures(pictures)]
    lead = "What the generators make from noise, without a look at the data."
    return Section("samples", "Samples", lead, blocks)


def fidelity_section(metrics: Mapping[str, Mapping[str, float]], history: History) -> Section:
    """Every generator against both real splits, with real images as the baseline.

    Args:
        metrics: by generator, flat, those of the stage `evaluate_generators`.
        history: of the GAN's fidelity over its training, ``{"step": …, metric: value, …}``.
    """
    lead = (
        "Distances and overlaps between generated and real images, on the features that the "
        "parameters of evaluate_generators name: compare them within this page, not with published "
        "figures."
    )
    blocks: list[Block] = []
    for subject, own in metrics.items():
        found = (_against_real(subject, own), _alone(subject, own))
        tables = [table for table in found if table is not None]
        blocks += [Heading(subject), *tables]
        if not tables:
            blocks.append(Notice(f"{subject}: nothing was measured."))
    blocks += [
        Heading("The GAN over its training"),
        history_charts(history, subject="Fidelity of the GAN"),
    ]
    return Section("fidelity", "Fidelity", lead, blocks)


def _against_real(subject: str, metrics: Mapping[str, float]) -> Table | None:
    rows = [
        [
            Cell(label, detail=f"{better} is better"),
            *(
                _value(metrics, f"{prefix}{name}")
                for prefix in ("train.", "real.train.", "test.", "real.test.")
            ),
        ]
        for name, label, better in _AGAINST_REFERENCE
        if f"test.{name}" in metrics or f"train.{name}" in metrics
    ]
    if not rows:
        return None
    return Table(
        caption=f"{subject} against real images",
        columns=[
            Column("metric"),
            Column("generated, to train", numeric=True),
            Column("real test, to train", numeric=True),
            Column("generated, to test", numeric=True),
            Column("real train, to test", numeric=True),
        ],
        rows=rows,
        note="The columns of real images are the baseline: as good as images of the same "
        "source get with the samples at hand. The small line under a number is the "
        "standard deviation over subsets.",
    )


def _alone(subject: str, metrics: Mapping[str, float]) -> Table | None:
    rows = [
        [Cell(label, detail=detail), _value(metrics, name), _value(metrics, f"real.{name}")]
        for name, label, detail in _ALONE
        if name in metrics
    ]
    if not rows:
        return None
    samples = metrics.get("sample_count")
    return Table(
        caption=f"{subject}: classes and copies",
        columns=[
            Column("metric"),
            Column("generated", numeric=True),
            Column("real test", numeric=True),
        ],
        rows=rows,
        note=f"From {count(int(samples))} generated images." if samples else "",
    )


def _value(metrics: Mapping[str, float], key: str) -> Cell:
    deviation = metrics.get(f"{key}_std")
    return Cell(
        number(metrics.get(key)), detail="" if deviation is None else f"± {number(deviation)}"
    )
