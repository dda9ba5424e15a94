"""Small charts as inline SVG.

Colors and type come from the page's style sheet by class name, so a chart follows the reader's
light or dark scheme; lines differ by dashes as well as by color. The drawing is plain strings
(`markupsafe` escapes what is put in) and the same data gives the same bytes.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from markupsafe import Markup

from kizu.reporting.document import Legend
from kizu.reporting.formatting import tick
from kizu.reporting.series import DetectorScores, histogram_edges, histogram_shares

SMALL, LARGE = (300, 190), (440, 280)
_LEFT, _RIGHT, _TOP, _BOTTOM = 48, 18, 8, 36
_INTERVAL_WIDTH, _INTERVAL_HEIGHT, _INTERVAL_MARGIN = 150, 20, 8
_X_TICKS, _Y_TICKS, _INTERVAL_TICKS = 5, 4, 3
_COLORS, _DASHES = 6, 4
# Pixels between the points of a line: without it, a ROC curve of a million items takes megabytes.
_TOLD_APART = 0.3


@dataclass(frozen=True)
class Line:
    """A named line of a chart; ``look`` picks its color and dashes."""

    label: str
    x: Sequence[float]
    y: Sequence[float]
    look: int = 0


class Scale(NamedTuple):
    """Maps ``low`` … ``high`` to the pixels ``start`` … ``end``."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def look_class(look: int) -> str:
    """The style-sheet classes of the line at position ``look``: unique for the first 24."""
    return f"c{look % _COLORS} d{look // _COLORS % _DASHES}"


def line_legend(lines: Sequence[Line]) -> list[Legend]:
    """A legend entry for each line of a chart."""
    return [Legend(f"line {look_class(line.look)}", line.label) for line in lines]


def line_chart(
    lines: Sequence[Line],
    *,
    description: str,
    x_label: str,
    y_label: str = "",
    x_range: tuple[float, float] | None = None,
    y_range: tuple[float, float] | None = None,
    form: Callable[[float], str] = tick,
    diagonal: bool = False,
    size: tuple[int, int] = SMALL,
) -> Markup:
    """Lines over a shared pair of axes.

    Args:
        lines: what to draw; points that are not finite must have been left out.
        description: the chart in words, for those who do not see it.
        x_label: name of the horizontal axis.
        y_label: name of the vertical axis, written above it.
        x_range: ends of the horizontal axis; from the data when None.
        y_range: ends of the vertical axis; from the data, rounded to ticks, when None.
        form: writes the numbers at the ticks.
        diagonal: draw the identity as a faint reference.
        size: width and height; text has the page's size where the chart is shown that wide.
    """
    xs, ys = ([value for line in lines for value in getattr(line, axis)] for axis in "xy")
    frame = _Frame(
        size, x_range or _spread(xs), y_range or _rounded(*_spread(ys), _Y_TICKS), bool(y_label)
    )
    parts = [frame.draw(x_label, y_label, form)]
    if diagonal:
        low, high = max(frame.x.low, frame.y.low), min(frame.x.high, frame.y.high)
        parts.append(frame.path([(low, low), (high, high)], "reference"))
    for line in lines:
        points = list(zip(line.x, line.y, strict=True))
        if len(points) == 1:
            (at,) = points
            parts.append(_dot(frame.x(at[0]), frame.y(at[1]), f"dot {look_class(line.look)}"))
        elif points:
            parts.append(frame.path(points, f"line {look_class(line.look)}"))
    return _chart(parts, description, size)


def score_chart(detector: DetectorScores, *, description: str) -> Markup:
    """Histograms of normal and anomalous scores over each other, with the threshold."""
    edges = histogram_edges(detector)
    groups = [
        (name, histogram_shares(values, edges))
        for name, values in (("normal", detector.normal), ("anomalous", detector.anomalous))
    ]
    highest = max(float(shares.max()) for _, shares in groups) or 1.0
    frame = _Frame(SMALL, (float(edges[0]), float(edges[-1])), (0.0, highest * 1.05), True)
    parts = [frame.draw("score", "share of the group", tick)]
    for name, shares in groups:
        corners = [(float(edges[0]), 0.0)]
        for left, right, share in zip(edges[:-1], edges[1:], shares, strict=True):
            corners += [(float(left), float(share)), (float(right), float(share))]
        corners.append((float(edges[-1]), 0.0))
        parts.append(frame.path(corners, f"area {name}"))
    if np.isfinite(detector.threshold):
        at = detector.threshold
        parts.append(frame.path([(at, 0.0), (at, frame.y.high)], "threshold"))
    return _chart(parts, description, SMALL)


def interval_range(values: Sequence[float]) -> tuple[float, float]:
    """A range for a column of `interval_mark` that holds the values and ends at ticks."""
    return _rounded(*_spread([value for value in values if math.isfinite(value)]), _INTERVAL_TICKS)


def interval_mark(
    value: float,
    low: float | None,
    high: float | None,
    *,
    ends: tuple[float, float],
    reference: float | None = None,
    emphasis: bool = False,
) -> Markup:
    """A dot with whiskers for one table row; hidden from screen readers, who have the numbers.

    Args:
        value: the estimate.
        low: lower end of its interval, None when there is none.
        high: upper end.
        ends: range of the axis, the same for all rows of a table.
        reference: a value to compare with, drawn as a line through all rows.
        emphasis: whether this is a row to stand out.
    """
    x = Scale(*ends, _INTERVAL_MARGIN, _INTERVAL_WIDTH - _INTERVAL_MARGIN)
    middle = _INTERVAL_HEIGHT / 2
    parts = [
        Markup('<line class="rail" x1="{}" x2="{}" y1="{m}" y2="{m}"/>').format(
            _pixel(x.start), _pixel(x.end), m=_pixel(middle)
        )
    ]
    if reference is not None and ends[0] <= reference <= ends[1]:
        parts.append(
            Markup('<line class="threshold" x1="{x}" x2="{x}" y1="0" y2="{}"/>').format(
                _INTERVAL_HEIGHT, x=_pixel(x(reference))
            )
        )
    look = "emphasis" if emphasis else "plain"
    if low is not None and high is not None:
        left, right = (x(min(max(end, ends[0]), ends[1])) for end in (low, high))
        parts.append(
            Markup('<line class="whisker {}" x1="{}" x2="{}" y1="{m}" y2="{m}"/>').format(
                look, _pixel(left), _pixel(right), m=_pixel(middle)
            )
        )
    if ends[0] <= value <= ends[1]:
        parts.append(_dot(x(value), middle, f"dot {look}", radius=4))
    return _row(parts)


def interval_axis(ends: tuple[float, float], form: Callable[[float], str] = tick) -> Markup:
    """The axis over a column of `interval_mark`."""
    x = Scale(*ends, _INTERVAL_MARGIN, _INTERVAL_WIDTH - _INTERVAL_MARGIN)
    parts = []
    for value in nice_ticks(*ends, _INTERVAL_TICKS):
        at = x(value)
        # Numbers at the edges stay inside.
        if at < x.start + _INTERVAL_MARGIN:
            parts.append(_text(at - _INTERVAL_MARGIN, 14, form(value), "start"))
        elif at > x.end - _INTERVAL_MARGIN:
            parts.append(_text(at + _INTERVAL_MARGIN, 14, form(value), "end"))
        else:
            parts.append(_text(at, 14, form(value), "middle"))
    return _row(parts)


def nice_ticks(low: float, high: float, about: int) -> list[float]:
    """Round values, 1, 2 or 5 times a power of ten apart, within ``low`` … ``high``; two or more.

    The step is the one whose number of ticks comes closest to ``about`` on a logarithmic scale.
    """
    raw = (high - low) / about
    power = 10.0 ** math.floor(math.log10(raw))
    thresholds = ((math.sqrt(50), 10), (math.sqrt(10), 5), (math.sqrt(2), 2), (0, 1))
    step = power * next(factor for limit, factor in thresholds if raw / power >= limit)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    if last <= first:
        return [low, high]
    # Rounded to the step's own decimals: 0.3, not 0.30000000000000004; and never minus zero.
    decimals = 1 - math.floor(math.log10(step))
    return [round(position * step, decimals) + 0.0 for position in range(first, last + 1)]


@dataclass(frozen=True)
class _Frame:
    """The axes of a chart: from numbers to pixels."""

    size: tuple[int, int]
    x_range: tuple[float, float]
    y_range: tuple[float, float]
    titled: bool

    @property
    def x(self) -> Scale:
        return Scale(*self.x_range, _LEFT, self.size[0] - _RIGHT)

    @property
    def y(self) -> Scale:
        return Scale(*self.y_range, self.size[1] - _BOTTOM, _TOP + 14 * self.titled)

    def draw(self, x_label: str, y_label: str, form: Callable[[float], str]) -> Markup:
        """Rules, ticks and names of both axes."""
        x, y = self.x, self.y
        parts = []
        for value in nice_ticks(*self.y_range, _Y_TICKS):
            parts.append(self._rule(y(value), "rule"))
            parts.append(_text(x.start - 6, y(value) + 3.5, form(value), "end"))
        parts.append(self._rule(y.start, "base"))
        parts += [
            _text(x(value), y.start + 14, form(value), "middle")
            for value in nice_ticks(*self.x_range, _X_TICKS)
        ]
        parts.append(_text((x.start + x.end) / 2, self.size[1] - 4, x_label, "middle"))
        if y_label:
            parts.append(_text(2, 10, y_label, "start"))
        return Markup("").join(parts)

    def path(self, points: Sequence[tuple[float, float]], name: str) -> Markup:
        """A line through points given in numbers; those too close to be told apart are one."""
        pixels = [(self.x(x), self.y(y)) for x, y in points]
        drawn = pixels[:1]
        for x, y in pixels[1:-1]:
            if max(abs(x - drawn[-1][0]), abs(y - drawn[-1][1])) >= _TOLD_APART:
                drawn.append((x, y))
        drawn += pixels[1:][-1:]
        steps = "L".join(f"{_pixel(x)} {_pixel(y)}" for x, y in drawn)
        return Markup('<path class="{}" d="M{}"/>').format(name, steps)

    def _rule(self, at: float, name: str) -> Markup:
        return Markup('<line class="{}" x1="{}" x2="{}" y1="{at}" y2="{at}"/>').format(
            name, _pixel(self.x.start), _pixel(self.x.end), at=_pixel(at)
        )


def _spread(values: Sequence[float]) -> tuple[float, float]:
    """The ends of the values, a little apart where all are equal."""
    low, high = min(values, default=0.0), max(values, default=1.0)
    if high - low <= 1e-9 * max(abs(low), abs(high), 1e-9):
        margin = max(0.1 * abs(low), 1e-3)
        return low - margin, high + margin
    return low, high


def _rounded(low: float, high: float, about: int) -> tuple[float, float]:
    """The range, widened to the next ticks."""
    ticks = nice_ticks(low, high, about)
    step = ticks[1] - ticks[0]
    return math.floor(low / step + 1e-9) * step, math.ceil(high / step - 1e-9) * step


def _dot(x: float, y: float, name: str, radius: float = 3) -> Markup:
    return Markup('<circle class="{}" cx="{}" cy="{}" r="{}"/>').format(
        name, _pixel(x), _pixel(y), radius
    )


def _text(x: float, y: float, text: str, anchor: str) -> Markup:
    return Markup('<text x="{}" y="{}" text-anchor="{}">{}</text>').format(
        _pixel(x), _pixel(y), anchor, text
    )


def _pixel(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _chart(parts: Sequence[Markup], description: str, size: tuple[int, int]) -> Markup:
    name = "chart" if size == SMALL else "chart large"
    return Markup('<svg class="{}" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(
        name, *size, description, Markup("").join(parts)
    )


def _row(parts: Sequence[Markup]) -> Markup:
    return Markup(
        '<svg class="interval" viewBox="0 0 {w} {h}" width="{w}" height="{h}" '
        'aria-hidden="true" focusable="false">{}</svg>'
    ).format(Markup("").join(parts), w=_INTERVAL_WIDTH, h=_INTERVAL_HEIGHT)
