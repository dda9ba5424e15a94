"""Figures about tokens: lengths, frequencies, batches, and words by their vectors."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from kizu.reporting.style import (
    ANOMALOUS_COLOR,
    MUTED_COLOR,
    NORMAL_COLOR,
    house_style,
    line_look,
    new_figure,
)
from kizu.reporting.text_figures import drawable

_HISTOGRAM_BINS = 30


def length_histogram(lengths: Mapping[str, np.ndarray], kept: int) -> Figure:
    """How many tokens documents have, as shares of each split, and where they are cut.

    Args:
        lengths: of the documents by split; those beyond the 99th percentile of all are counted in
            the last bin.
        kept: tokens of a document that are kept.
    """
    everything = np.concatenate(list(lengths.values()))
    high = max(float(np.percentile(everything, 99)) if len(everything) else 1.0, kept + 1.0)
    bins = min(_HISTOGRAM_BINS, int(high) + 1)
    edges = np.linspace(0, high + 1, bins + 1)
    with house_style():
        figure = new_figure(4.8, 2.8)
        axes = figure.add_subplot()
        for place, (split, values) in enumerate(lengths.items()):
            counts = np.histogram(np.minimum(values, high), edges)[0]
            axes.stairs(counts / max(len(values), 1), edges, label=split, **line_look(place))
        axes.axvline(kept, color=MUTED_COLOR, linewidth=1, linestyle=":", label=f"cut at {kept}")
        axes.set(xlabel="tokens of a document", ylabel="share of documents")
        axes.set_title("Lengths of documents")
        axes.legend()
    return figure


def rank_frequency(counts: np.ndarray) -> Figure:
    """How often each token occurs, the most frequent first, both axes logarithmic (Zipf, 1949)."""
    with house_style():
        figure = new_figure(4.8, 2.8)
        axes = figure.add_subplot()
        axes.plot(np.arange(1, len(counts) + 1), counts, **line_look(0))
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set(xlabel="rank of the token", ylabel="occurrences in train")
        axes.set_title("Frequencies of tokens")
    return figure


def batch_masks(batches: Sequence[tuple[str, np.ndarray]]) -> Figure:
    """Masks of padded batches side by side: a document a row, tokens dark, padding light.

    Args:
        batches: titles and masks, bool (B, W).
    """
    widest = max(mask.shape[1] for _, mask in batches)
    with house_style():
        figure = new_figure(3.0 * len(batches), 2.4)
        for place, (title, mask) in enumerate(batches):
            axes = figure.add_subplot(1, len(batches), place + 1)
            canvas = np.full((*mask.shape, 3), 0.9)
            canvas[mask] = (0.0, 0.447, 0.698)
            axes.imshow(canvas, aspect="auto", interpolation="nearest")
            axes.set_xlim(-0.5, widest - 0.5)
            axes.set(xlabel="place", ylabel="document" if place == 0 else "")
            axes.set_title(title)
            axes.grid(visible=False)
    return figure


def similarity_bars(groups: Sequence[tuple[str, Sequence[tuple[str, float]]]]) -> Figure:
    """Words by cosine similarity, a panel for each question.

    Args:
        groups: titles, and words with their similarities, best first.
    """
    longest = max(len(answers) for _, answers in groups)
    with house_style():
        figure = new_figure(3.1 * len(groups), 0.24 * longest + 0.9)
        for place, (title, answers) in enumerate(groups):
            axes = figure.add_subplot(1, len(groups), place + 1)
            names = [drawable(word) for word, _ in answers]
            values = [value for _, value in answers]
            axes.barh(range(len(names)), values, color=NORMAL_COLOR, height=0.6)
            axes.set_yticks(range(len(names)), names)
            axes.invert_yaxis()
            axes.set_xlim(min(0.0, *values), 1)
            axes.set_xlabel("cosine similarity")
            axes.set_title(drawable(title), size=9)
            axes.grid(visible=False, axis="y")
    return figure


def word_map(
    places: np.ndarray, names: Sequence[str], arrows: Sequence[tuple[int, int]] = ()
) -> Figure:
    """Words as points in a plane.

    Args:
        places: (N, 2), for instance two principal components of their vectors.
        names: of the N words.
        arrows: pairs of words, from and to.
    """
    with house_style():
        figure = new_figure(4.6, 3.2)
        axes = figure.add_subplot()
        axes.scatter(places[:, 0], places[:, 1], s=18, color=NORMAL_COLOR, zorder=3)
        for start, end in arrows:
            axes.annotate(
                "",
                places[end],
                places[start],
                arrowprops={"arrowstyle": "->", "color": ANOMALOUS_COLOR, "shrinkB": 4},
            )
        # Above and below in turn, by height: close neighbors do not cover each other.
        offsets = np.where(np.argsort(np.argsort(places[:, 1])) % 2, 5, -11)
        for place, name, up in zip(places, names, offsets, strict=True):
            axes.annotate(
                drawable(name),
                place,
                (4, up),
                textcoords="offset points",
                color="#1F2937",
                size=8,
            )
        axes.margins(0.15)
        axes.set(xlabel="first component", ylabel="second component")
    return figure
