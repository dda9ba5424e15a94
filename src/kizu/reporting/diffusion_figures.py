"""Figures of diffusion models, from plain numbers."""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure

from kizu.reporting.style import house_style, line_look, new_figure


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
            for line, split in enumerate(("train", "test")):
                values = [row[f"{split}.{kind}"] for row in rows]
                axes.plot(timesteps, values, label=split, **line_look(line))
            axes.set(xlabel="timestep", ylabel="mean squared error", yscale="log")
            axes.set_title(title)
            axes.legend()
    return figure
