"""What the generator makes, and how far that is from real images."""

from collections.abc import Mapping

from kizu.reporting.document import Block, Cell, Column, Notice, Picture, Pictures, Section, Table
from kizu.reporting.formatting import count, number

# A grid has a pixel of the model for a pixel of the file, too small to look at.
_ENLARGE = 2

# Metric, what a reader calls it, and which way is better.
_AGAINST_REFERENCE = (
    ("frechet_distance", "Fréchet distance (FID)", "lower"),
    ("kernel_distance", "kernel distance (KID)", "lower"),
    ("precision", "precision", "higher"),
    ("recall", "recall", "higher"),
    ("density", "density", "higher"),
    ("coverage", "coverage", "higher"),
)
_ALONE = (
    ("inception_score", "inception score", "higher"),
    ("label_accuracy", "classified as asked", "higher"),
)


def samples_section(sample_grid: bytes, interpolation_grid: bytes) -> Section:
    """Samples of the generator and walks between them.

    Args:
        sample_grid: PNG; a row holds one class where the generator knows classes.
        interpolation_grid: PNG; a row is a walk between two latents.
    """
    pictures = [
        Picture.pixels(
            sample_grid,
            enlarge=_ENLARGE,
            alt="Grid of generated images, a class a row.",
            caption="Samples, drawn at random and not picked; a row is a class.",
        ),
        Picture.pixels(
            interpolation_grid,
            enlarge=_ENLARGE,
            alt="Grid of generated images that change step by step from left to right.",
            caption="Interpolation: each row walks from one latent to another. Smooth change "
            "without a jump speaks against memorized images.",
        ),
    ]
    lead = "What the generator makes from noise, without a look at the data."
    return Section("samples", "Samples", lead, [Pictures(pictures)])


def fidelity_section(metrics: Mapping[str, float]) -> Section:
    """The generator against both real splits, with real images as the baseline.

    Args:
        metrics: flat, those of `kizu.evaluation.fidelity.generator_metrics`.
    """
    lead = (
        "Distances and overlaps between generated and real images, on the features of this "
        "pipeline's own classifier: compare them within this page, not with published figures."
    )
    blocks: list[Block] = []
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
    if rows:
        blocks.append(
            Table(
                caption="Against real images",
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
        )
    alone = [
        [
            Cell(label, detail=f"{better} is better"),
            _value(metrics, name),
            _value(metrics, f"real.{name}"),
        ]
        for name, label, better in _ALONE
        if name in metrics
    ]
    if alone:
        samples = metrics.get("sample_count")
        blocks.append(
            Table(
                caption="By the classifier's answers",
                columns=[
                    Column("metric"),
                    Column("generated", numeric=True),
                    Column("real test", numeric=True),
                ],
                rows=alone,
                note=f"From {count(int(samples))} generated images." if samples else "",
            )
        )
    if not blocks:
        blocks.append(Notice("No generator was evaluated."))
    return Section("fidelity", "Fidelity", lead, blocks)


def _value(metrics: Mapping[str, float], key: str) -> Cell:
    deviation = metrics.get(f"{key}_std")
    return Cell(
        number(metrics.get(key)), detail="" if deviation is None else f"± {number(deviation)}"
    )
