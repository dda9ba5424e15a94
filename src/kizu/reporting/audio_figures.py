"""Figures that show sounds: waveforms, loudness, spectra and spectrograms.

All take plain arrays; a waveform is float (T,) at so many samples a second.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from kizu.reporting.style import MUTED_COLOR, PALETTE, house_style, line_look, new_figure

_WIDTH = 5.0
_PANEL_HEIGHT = 1.2
_HEADROOM = 0.5
_MOST_COLUMNS = 240  # of a drawn waveform: a band of the lowest and highest samples
_MOST_ROWS, _MOST_FRAMES = 40, 50  # of a drawn spectrogram: the loudest of neighbors is shown
_MOST_CLASSES = 12
_LOUDEST, _QUIETEST = 0.0, -80.0


class Sound(NamedTuple):
    """A waveform with a heading."""

    title: str
    samples: np.ndarray
    rate: int


class Spectrogram(NamedTuple):
    """Decibels (rows, frames), lowest frequency first, with a heading."""

    title: str
    decibels: np.ndarray
    seconds: float
    highest_frequency: float | None = None


def waveforms(sounds: Sequence[Sound], *, points: bool = False) -> Figure:
    """Amplitude over time, a panel a sound; all panels share their axes.

    Args:
        sounds: mono.
        points: mark every sample, for spans of a few milliseconds.
    """
    with house_style():
        figure = new_figure(_WIDTH, _PANEL_HEIGHT * len(sounds) + _HEADROOM)
        axes = _column(figure, len(sounds))
        for panel, sound in zip(axes, sounds, strict=True):
            panel.set_title(sound.title)
            if points:
                times = np.arange(len(sound.samples)) / sound.rate
                panel.plot(1000 * times, sound.samples, marker=".", markersize=3, linewidth=0.8)
            else:
                _draw_envelope(panel, sound)
        axes[-1].set_xlabel("milliseconds" if points else "seconds")
        axes[len(axes) // 2].set_ylabel("amplitude")
    return figure


def loudness(sound: Sound, times: np.ndarray, frames: np.ndarray, whole: float) -> Figure:
    """A waveform, and under it the RMS of its frames with that of the whole.

    Args:
        sound: mono.
        times: of the frames' middles, in seconds.
        frames: RMS of each frame.
        whole: RMS of all samples.
    """
    with house_style():
        figure = new_figure(_WIDTH, 2 * _PANEL_HEIGHT + _HEADROOM)
        above, below = figure.subplots(2, 1, sharex=True)
        above.set_title(sound.title)
        _draw_envelope(above, sound)
        above.set_ylabel("amplitude")
        below.plot(times, frames, label="of each frame", **line_look(0))
        below.axhline(whole, label="of the whole", **(line_look(1) | {"linestyle": "--"}))
        below.set(xlabel="seconds", ylabel="RMS", ylim=(0, None))
        below.legend()
    return figure


def spectra(lines: Mapping[str, tuple[np.ndarray, np.ndarray]], *, floor: float = -120) -> Figure:
    """Amplitudes over frequency, in decibels of full scale.

    Args:
        lines: frequencies in Hz and amplitudes by name.
        floor: of the axis; what is quieter is drawn there.
    """
    with house_style():
        figure = new_figure(_WIDTH, 2.4)
        axes = figure.add_subplot()
        for position, (name, (frequencies, amplitudes)) in enumerate(lines.items()):
            decibels = 20 * np.log10(np.maximum(amplitudes, 10 ** (floor / 20)))
            look = line_look(position) | {"linewidth": 0.9}
            shown = _pooled(decibels, 2 * _MOST_COLUMNS, 0)
            places = np.linspace(frequencies[0], frequencies[-1], len(shown))
            axes.plot(places, shown, label=name, **look)
        axes.set(xlabel="frequency in Hz", ylabel="amplitude in dB", ylim=(floor, None))
        if len(lines) > 1:
            axes.legend()
    return figure


def spectrograms(items: Sequence[Spectrogram]) -> Figure:
    """Decibels over time and frequency, a panel each, 0 dB the loudest of each."""
    with house_style():
        figure = new_figure(_WIDTH, 1.5 * len(items) + _HEADROOM)
        axes = figure.subplots(len(items), 1, squeeze=False)[:, 0]
        for panel, item in zip(axes, items, strict=True):
            shading = _draw_decibels(panel, item)
            panel.set_title(item.title)
            hertz = item.highest_frequency is not None
            panel.set_ylabel("kHz" if hertz else "mel band")
        axes[-1].set_xlabel("seconds")
        figure.colorbar(shading, ax=list(axes), label="dB", shrink=0.8)
    return figure


def frequency_warps(warps: Mapping[str, tuple[np.ndarray, np.ndarray]]) -> Figure:
    """Where frequencies end: frequency after against frequency before, in kHz, a line a warp."""
    with house_style():
        figure = new_figure(3.6, 2.8)
        axes = figure.add_subplot()
        for position, (name, (before, after)) in enumerate(warps.items()):
            axes.plot(before / 1000, after / 1000, label=name, **line_look(position))
        axes.set(xlabel="before, kHz", ylabel="after, kHz", aspect="equal")
        axes.legend()
    return figure


def file_sizes(sizes: Mapping[str, int]) -> Figure:
    """Bytes of a sound in several forms, as bars; all are compared with the first."""
    names = list(sizes)
    with house_style():
        figure = new_figure(_WIDTH, 0.35 * len(names) + 0.7)
        axes = figure.add_subplot()
        bars = axes.barh(names, [sizes[name] / 1000 for name in names], color=PALETTE[0])
        labels = [f"1 : {sizes[names[0]] / sizes[name]:.2f}" for name in names]
        axes.bar_label(bars, labels, padding=4, color=MUTED_COLOR, size=8)
        axes.invert_yaxis()
        axes.margins(x=0.15)
        axes.grid(axis="y", visible=False)
        axes.set_xlabel("kilobytes")
    return figure


def class_overview(examples: Mapping[str, Sequence[np.ndarray]], seconds: float) -> Figure:
    """Log-mel features of some clips of every class, a class a row; each its own loudest.

    Args:
        examples: features (bands, frames) by class; of more than 12 classes the first are shown.
        seconds: of each clip.
    """
    names = sorted(examples)[:_MOST_CLASSES]
    columns = max(len(examples[name]) for name in names)
    title = "Log-mel features by class"
    if len(examples) > len(names):
        title += f" (the first {len(names)} of {len(examples)})"
    with house_style():
        figure = new_figure(_WIDTH, 0.85 * len(names) + 0.7)
        figure.suptitle(title, x=0.01, ha="left")
        grid = figure.subplots(len(names), columns, squeeze=False, sharex=True, sharey=True)
        for row, name in zip(grid, names, strict=True):
            row[0].set_ylabel(name)
            for panel in row:
                panel.set_yticks([])
                panel.tick_params(length=2)
            for panel, features in zip(row, examples[name], strict=False):
                relative = features - features.max()
                _draw_decibels(panel, Spectrogram("", relative, seconds))
            for panel in row[len(examples[name]) :]:
                panel.set_visible(False)
        figure.supxlabel("seconds", size=9)
    return figure


def _column(figure: Figure, count: int) -> np.ndarray:
    return figure.subplots(count, 1, sharex=True, sharey=True, squeeze=False)[:, 0]


def _draw_envelope(axes: Axes, sound: Sound) -> None:
    """Draw a waveform as the band between its lowest and highest samples."""
    width = -(-len(sound.samples) // _MOST_COLUMNS)
    padding = -len(sound.samples) % width
    columns = np.pad(sound.samples, (0, padding), mode="edge").reshape(-1, width)
    times = np.arange(len(columns)) * width / sound.rate
    if width == 1:
        axes.plot(times, sound.samples, linewidth=0.8, color=PALETTE[0])
    else:
        low, high = columns.min(axis=1), columns.max(axis=1)
        axes.fill_between(times, low, high, color=PALETTE[0], linewidth=0, step="post")
    axes.margins(x=0)


def _pooled(values: np.ndarray, most: int, axis: int) -> np.ndarray:
    """Keep the highest of neighboring values along an axis, so that at most ``most`` are left."""
    width = -(-values.shape[axis] // most)
    return np.maximum.reduceat(values, np.arange(0, values.shape[axis], width), axis=axis)


def _draw_decibels(axes: Axes, item: Spectrogram) -> AxesImage:
    hertz = item.highest_frequency
    top = len(item.decibels) if hertz is None else hertz / 1000
    axes.grid(visible=False)
    return axes.imshow(
        _pooled(_pooled(item.decibels, _MOST_ROWS, 0), _MOST_FRAMES, 1),
        origin="lower",
        aspect="auto",
        extent=(0, item.seconds, 0, top),
        cmap="magma",
        vmin=_QUIETEST,
        vmax=_LOUDEST,
        interpolation="nearest",
    )
