"""Figures of diffusion models, from plain numbers."""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure

from kizu.reporting.series import plain_words
from kizu.reporting.style import house_style, line_look, new_figure

# From the highest error down to the lowest that is shown.
_VISIBLE_RATIO = 1e4


def error_by_timestep(rows: Sequence[Mapping[str, float]]) -> Figure:
    """Errors of a denoising network at each noise level, on the train and the test split.

    Left the error of the noise, what DDPM's loss counts: at small timesteps hardly any of it is
    visible. Right the error of the clean image: near the end there is nothing left to see.

    Args:
        rows: one a level: ``timestep``, and ``<split>.noise_error`` and ``<split>.clean_error``
            for the splits ``train`` and ``test``.
    """
    timesteps = [row["timestep"] for row in rows]
    with house_style():
        figure = new_figure(8.4, 3.0)
        for column, (kind, title) in enumerate(
            (("noise_error", "Error of the noise"), ("clean_error", "Error of the image")), start=1
        ):
            axes = figure.add_subplot(1, 2, column)
            highest = max(row[f"{split}.{kind}"] for row in rows for split in ("train", "test"))
            for line, split in enumerate(("train", "test")):
                values = [row[f"{split}.{kind}"] for row in rows]
                axes.plot(timesteps, values, label=split, **line_look(line))
            axes.set(xlabel="timestep", ylabel="mean squared error", yscale="log")
            # At the last timestep almost all is noise, and its error next to nothing.
            axes.set_ylim(bottom=max(axes.get_ylim()[0], highest / _VISIBLE_RATIO))
            axes.set_title(title)
            axes.legend()
    return figure


def quality_by_evaluations(
    rows: Sequence[Mapping[str, float | str]], metric: str = "frechet_distance"
) -> Figure:
    """Quality of samples against how often the network was asked, a line a method.

    Args:
        rows: one a sampler: ``label``, ``network_evaluations`` and the metric, such as those of
            `kizu.evaluation.sampler_comparison.compare_samplers`.
        metric: the column to draw.
    """
    lines: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        point = float(row["network_evaluations"]), float(row[metric])
        lines.setdefault(str(row["label"]), []).append(point)
    with house_style():
        figure = new_figure(5.6, 3.4)
        axes = figure.add_subplot()
        for position, (label, points) in enumerate(lines.items()):
            evaluations, values = zip(*sorted(points), strict=True)
            axes.plot(evaluations, values, marker="o", label=label, **line_look(position))
        axes.set(xlabel="network evaluations an image", ylabel=plain_words(metric), xscale="log")
        asked = sorted({int(row["network_evaluations"]) for row in rows})
        axes.set_xticks(asked, labels=map(str, asked))
        axes.minorticks_off()
        axes.set_title("Quality against cost")
        axes.legend()
    return figure
