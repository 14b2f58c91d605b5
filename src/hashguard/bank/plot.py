"""The figures of a bank as bars, a part for each table. The door of this room to Matplotlib."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Literal, TypeAlias

from hashguard.bank.stats import Statistics, Table, joined_labels
from hashguard.errors import MissingExtraError
from hashguard.printable import shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Kind: TypeAlias = Literal["svg", "png"]

_WIDTH = 7.0  # inches
_BAR, _HEAD = 0.3, 0.9  # inches: of a row, of a table's title and axis
_COLOUR = "#2a6f97"
_MOST_LABEL = 40  # letters; joined labels of many months are told by their ends


def draw(statistics: Statistics, *, kind: Kind) -> bytes:
    """The picture file. Raises MissingExtraError without Matplotlib, ValueError for no figures."""
    try:
        from matplotlib import rc_context
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtraError(
            "a plot needs matplotlib: pip install 'hashguard[plots]'"
        ) from error
    tables = [*statistics.tables, *statistics.platforms]
    if not tables:
        raise ValueError(f"there are fewer than {statistics.least} cases, so nothing to draw")
    heights = [_HEAD + _BAR * len(table.rows) for table in tables]
    # A fixed salt, and no date: the same figures make the same file.
    with rc_context({"svg.hashsalt": "hashguard"}):
        figure = Figure(figsize=(_WIDTH, sum(heights)), layout="constrained")
        FigureCanvasAgg(figure)
        parts = figure.subplots(len(tables), 1, squeeze=False, height_ratios=heights)[:, 0]
        for axes, table in zip(parts, tables, strict=True):
            _bars(axes, table)
        file = io.BytesIO()
        figure.savefig(file, format=kind, metadata={"Date": None} if kind == "svg" else None)
    return file.getvalue()


def _bars(axes: Axes, table: Table) -> None:
    labels = [_short(joined_labels(row)) for row in table.rows]
    places = range(len(labels))
    bars = axes.barh(places, [row.cases for row in table.rows], color=_COLOUR)
    axes.bar_label(bars, padding=3)
    axes.set_yticks(places, labels)
    axes.invert_yaxis()
    axes.margins(x=0.12)
    axes.set_title(f"cases by {_plain(table.name)}", loc="left", fontsize="medium")
    axes.spines[["top", "right"]].set_visible(False)


def _short(label: str) -> str:
    text = (
        label if len(label) <= _MOST_LABEL else f"{label[: _MOST_LABEL - 1]}\N{HORIZONTAL ELLIPSIS}"
    )
    return _plain(text)


def _plain(text: str) -> str:
    """Names are text: Matplotlib reads formulas between dollar signs."""
    return shown(text).replace("$", r"\$")
