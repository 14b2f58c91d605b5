"""Plots as inline SVG. The one door to Matplotlib.

Nothing but numbers is drawn: names stand in the page around, where they are safe and can be
searched. Colours are those of the page, so that one plot serves light and dark.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from hashguard.printable import shown
from hashguard.robustness.distances import COSINE_STEPS
from hashguard.robustness.report import svg
from hashguard.robustness.report.joined import Column, Joined
from hashguard.robustness.results import AttackRecord
from hashguard.robustness.scores import Histogram, Tail
from hashguard.robustness.system import Metric

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

WIDTH, HEIGHT = 4.2, 2.7  # inches: at the width of a phone, its text is as large as the page's
FLOOR = 1e-9  # share of pairs below which nothing is drawn

_MARKERS = "os^DvPX*<>"
_DASHES = ("-", "--", "-.", ":")

COLOURS = 8  # of lines; --line-0 to --line-7 of the page
_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")

# Stand-ins of colours, which become variables of the page.
_INK, _GRID, _COPIES, _STRANGERS, _EDITED = "#010101", "#020202", "#030303", "#040404", "#050505"
_VARIABLES = {
    _INK: "var(--ink)",
    _GRID: "var(--grid)",
    _COPIES: "var(--line-0)",
    _STRANGERS: "var(--line-1)",
    _EDITED: "var(--line-3)",
    **{f"#0a0a{number:02x}": f"var(--line-{number})" for number in range(COLOURS)},
}


class Series(NamedTuple):
    """How the line of a system is drawn: told apart by more than its colour."""

    marker: str
    dashes: str


def series(number: int) -> Series:
    """The line of a system by its number in the run."""
    return Series(
        _MARKERS[number % len(_MARKERS)],
        _DASHES[(number + number // COLOURS) % len(_DASHES)],
    )


def has_curve(attack: AttackRecord) -> bool:
    """Whether its strengths are numbers, and enough of them for a line."""
    return not attack.labels and len(attack.strengths) >= 3


def curve(joined: Joined, attack: AttackRecord, name: str) -> str:
    """Recall over strength, each system at the distance it is run at.

    name: unique in the page, begins all names in the plot; so below.
    """

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        _frame(axes)
        places = range(len(attack.strengths))
        for column in joined.columns:
            rates = [column.recall(attack, strength, 0) for strength in attack.strengths]
            _band(axes, column, places, [r.low for r in rates], [r.high for r in rates])
            _line(axes, column, places, [rate.value for rate in rates])
        axes.set_xticks(list(places), [f"{strength:g}" for strength in attack.strengths])
        _share_axis(axes)
        axes.set_ylabel("copies found")

    return _drawn(
        draw, name, f"Recall over strength, {shown(attack.name)}; the table has the numbers."
    )


def roc(joined: Joined, name: str) -> str:
    """Recall over the rate of false matches; "" if there is nothing to draw."""
    rates = [x for column in joined.columns for x, *_ in column.score.overall.roc if x > 0]
    if not rates:
        return ""
    from matplotlib.ticker import LogLocator

    # A tenth at most: a single pair is all of them, and an axis needs two ends.
    left = min(10.0 ** math.floor(math.log10(min(rates))), 0.1)

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        _frame(axes)
        for column in joined.columns:
            points = [(x, y) for x, y, *_ in column.score.overall.roc]
            # What is found without a false match stands at the left, where 0 would be.
            at_none = max((y for x, y in points if x == 0), default=0.0)
            x, y = zip((left, at_none), *(one for one in points if one[0] > 0), strict=True)
            (line,) = axes.step(x, y, where="post", lw=1.6, markersize=4.5, markevery=0.2)
            _style(line, column.number)
        axes.set_xscale("log")
        axes.set_xlim(left, 1)
        axes.xaxis.set_major_locator(LogLocator(numticks=6))
        axes.xaxis.set_major_formatter(lambda value, _: _power(value))
        axes.minorticks_off()
        axes.set_xlabel("unrelated pairs that match")
        _share_axis(axes)
        axes.set_ylabel("copies found")

    return _drawn(draw, name, "Recall over the rate of false matches, one line for each system.")


def distances(column: Column, name: str) -> str:
    """Copies and unrelated pairs by distance: how many at each, and how many up to each."""
    in_bits = column.record.metric == Metric.HAMMING.value
    step = 1.0 if in_bits else 1 / COSINE_STEPS

    def draw(figure: Figure) -> None:
        upper, lower = figure.subplots(2, sharex=True, height_ratios=(1, 1.5))
        _frame(upper)
        _frame(lower)
        kinds = (
            (column.score.copies, _COPIES, "-"),
            (column.score.unrelated, _STRANGERS, "--"),
            (column.score.attacked, _EDITED, ":"),
        )
        for histogram, colour, dashes in kinds:
            _histogram(upper, histogram, colour, dashes)
            _up_to(lower, histogram, step, colour, dashes)
        if column.score.tail is not None:
            _tail(lower, column.score.tail)
        if column.first.max_distance is not None:
            for axes in (upper, lower):
                axes.axvline(column.first.max_distance, color=_INK, lw=1.2, ls=(0, (4, 2)))
        upper.set_ylim(bottom=0)
        upper.set_yticks([])
        upper.set_ylabel("pairs at it")
        _share_log_axis(lower, column)
        lower.set_ylabel("pairs within it")
        lower.set_xlabel("distance, bits" if in_bits else "cosine distance")

    told = "Distances of copies and of unrelated pairs, with the threshold."
    return _drawn(draw, name, told, height=3.9)


def key(number: int, name: str) -> str:
    """The line of a system as a small picture, for a legend."""

    def draw(figure: Figure) -> None:
        figure.set_layout_engine("none")
        axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
        axes.set_axis_off()
        axes.set_xlim(-1, 1)
        axes.set_ylim(-1, 1)
        (line,) = axes.plot([-0.9, 0, 0.9], [0, 0, 0], lw=1.8, markevery=[1])
        _colour(line, number)

    return _drawn(draw, name, "", width=0.42, height=0.16)


def _frame(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(_GRID)
    axes.tick_params(colors=_INK, labelsize=8, length=3)
    axes.grid(visible=True, color=_GRID, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.xaxis.label.set_fontsize(9)
    axes.yaxis.label.set_fontsize(9)


def _share_axis(axes: Axes) -> None:
    axes.set_ylim(-0.03, 1.03)
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0", "25", "50", "75", "100 %"])


def _share_log_axis(axes: Axes, column: Column) -> None:
    """From a share that still says something to all."""
    smallest = 1 / max(sum(column.score.unrelated.counts), sum(column.score.copies.counts), 10)
    if column.score.tail is not None:
        at = column.first.max_distance or 0.0
        smallest = min(smallest, 10 ** (column.score.tail.intercept + column.score.tail.slope * at))
    axes.set_yscale("log")
    axes.set_ylim(max(10.0 ** math.floor(math.log10(max(smallest, FLOOR))), FLOOR), 2)
    axes.yaxis.set_major_formatter(lambda value, _: _power(value))
    axes.minorticks_off()


def _power(value: float) -> str:
    if value >= 0.5:
        return "all"
    if value >= 0.009:
        return f"1 in {1 / value:.0f}"
    return f"1 in 10{str(round(-math.log10(value))).translate(_SUPERSCRIPTS)}"


def _line(axes: Axes, column: Column, x: Sequence[float], y: Sequence[float]) -> None:
    (line,) = axes.plot(x, y, lw=1.6, markersize=4.5, clip_on=False)
    _style(line, column.number)


def _band(
    axes: Axes, column: Column, x: Sequence[float], low: Sequence[float], high: Sequence[float]
) -> None:
    filled = axes.fill_between(x, low, high, color=_stand_in(column.number), alpha=0.12, lw=0)
    filled.set_gid(svg.shared(f"s{column.number}"))


def _style(line: Line2D, number: int) -> None:
    _colour(line, number)
    # The reader chooses which systems are shown.
    line.set_gid(svg.shared(f"s{number}"))


def _colour(line: Line2D, number: int) -> None:
    kind = series(number)
    line.set(color=_stand_in(number), linestyle=kind.dashes, marker=kind.marker)


def _stand_in(number: int) -> str:
    return f"#0a0a{number % COLOURS:02x}"


def _histogram(axes: Axes, histogram: Histogram, colour: str, dashes: str) -> None:
    total = sum(histogram.counts) + histogram.without
    if not total:
        return
    widths = np.diff(histogram.edges)
    # Bins of two widths would otherwise be drawn as if the wider held more.
    heights = np.array(histogram.counts) / total / widths
    axes.stairs(heights, histogram.edges, color=colour, lw=1.4, ls=dashes)


def _up_to(axes: Axes, histogram: Histogram, step: float, colour: str, dashes: str) -> None:
    """step: between two distances that can be told apart."""
    total = sum(histogram.counts) + histogram.without
    if not total:
        return
    shares = np.cumsum(histogram.counts) / total
    # What is counted below an edge is within the last distance before it.
    last = np.array(histogram.edges[1:]) - step
    axes.plot(last[shares > 0], shares[shares > 0], color=colour, lw=1.6, ls=dashes)


def _tail(axes: Axes, tail: Tail) -> None:
    near = min((distance for distance, *_ in tail.band), default=tail.nearest)
    ends = np.array([min(near, tail.nearest), tail.farthest])
    axes.plot(ends, 10 ** (tail.intercept + tail.slope * ends), color=_STRANGERS, lw=1.0, ls=":")
    if tail.band:
        distances, low, high = np.array(tail.band).T[:3]
        axes.fill_between(
            distances, np.maximum(low, FLOOR), high, color=_STRANGERS, alpha=0.18, lw=0
        )


def _drawn(
    draw: Callable[[Figure], None],
    name: str,
    told: str,
    *,
    width: float = WIDTH,
    height: float = HEIGHT,
) -> str:
    import matplotlib as mpl
    from matplotlib.figure import Figure

    options: dict[Any, Any] = {
        "svg.fonttype": "none",
        # Names in the file are made of this and of what they name: equal plots, equal bytes.
        "svg.hashsalt": "hashguard",
        "font.family": "DejaVu Sans",  # it comes with Matplotlib; only its widths are used
        "text.color": _INK,
        "axes.labelcolor": _INK,
        "figure.constrained_layout.h_pad": 0.02,
        "figure.constrained_layout.w_pad": 0.02,
    }
    with mpl.rc_context(options):
        figure = Figure(figsize=(width, height), layout="constrained")
        draw(figure)
        out = io.StringIO()
        nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(out, format="svg", transparent=True, metadata=nothing)
    return svg.inlined(out.getvalue(), name, told, _VARIABLES)
