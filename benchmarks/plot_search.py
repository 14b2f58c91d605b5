"""Draw what large.py measured: the time of one search against the size of the list.

    python -m benchmarks.plot_search

Reads out/large.json, writes search.svg beside README.md (with --quick of run.py: into out/quick).
Needs matplotlib: pip install -e '.[bench]'.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import quantiles
from typing import TYPE_CHECKING, Any, NamedTuple

from benchmarks.common import OUT, read_result

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HERE = OUT if os.environ.get("BENCH_OUT") else Path(__file__).parent
NAME = "search.svg"
FIGURES = {
    "random": ("one", "Random codes, most questions near a listed one"),
    "real": ("new copy", "Hashes of photographs, asked for new copies"),
}


class Line(NamedTuple):
    """How a system is drawn. Colours of Okabe and Ito, told apart by most colour-blind people."""

    name: str
    colour: str
    marker: str
    dashes: str


LINES = {
    "hashguard": Line("hashguard", "#0072B2", "o", "-"),
    "faiss-flat": Line("FAISS flat", "#D55E00", "s", "--"),
    "faiss-multihash": Line("FAISS MultiHash 16 x 16", "#009E73", "^", "-."),
    "default": Line("threatexchange", "#7F5F9F", "D", ":"),
}


def points(
    records: Sequence[Mapping[str, Any]], kind: str, system: str
) -> list[tuple[int, float, float, float]]:
    """(codes, median, lower quartile, upper quartile), times in milliseconds."""
    found = []
    for r in records:
        if r["kind"] == kind and r["figure"] == FIGURES[kind][0] and system in r["times"]:
            low, middle, high = quantiles(r["times"][system], n=4, method="inclusive")
            found.append((r["codes"], 1000 * middle, 1000 * low, 1000 * high))
    return sorted(found)


def draw(axes: Axes, records: Sequence[Mapping[str, Any]], kind: str) -> None:
    """One panel, with the names of the lines at their ends."""
    ends: list[tuple[int, float, Line]] = []
    for system, line in LINES.items():
        found = points(records, kind, system)
        if not found:
            continue
        sizes, middle, low, high = zip(*found, strict=True)
        axes.fill_between(sizes, low, high, color=line.colour, alpha=0.15, linewidth=0)
        axes.plot(
            sizes, middle, line.dashes, color=line.colour, marker=line.marker, markersize=5, lw=1.8
        )
        ends.append((sizes[-1], middle[-1], line))
    last = max(size for size, _, _ in ends)
    for size, height, line in ends:
        beside = size == last
        axes.annotate(
            line.name,
            (size, height),
            # A line that ends early has its name below, out of the way of those that go on.
            xytext=(8, 0) if beside else (-12, -7),
            textcoords="offset points",
            color=line.colour,
            va="center" if beside else "top",
            fontsize=9,
        )
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.xaxis.set_major_formatter(lambda size, _: _codes(size))
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.set_title(FIGURES[kind][1], fontsize=10, loc="left")
    axes.set_xlabel("hashes in the list")
    axes.grid(visible=True, which="major", color="#dddddd", linewidth=0.7)
    axes.spines[["top", "right"]].set_visible(False)


def _codes(size: float) -> str:
    return f"{size / 1e6:g} million" if size >= 1e6 else f"{size:,.0f}"


def main() -> int:
    """Entry point; gives the exit status."""
    result = read_result("large")
    if result is None:
        print("not measured yet: python -m benchmarks.large", file=sys.stderr)
        return 1
    import matplotlib as mpl
    from matplotlib.figure import Figure

    # The same figures give the same file.
    mpl.rcParams["svg.hashsalt"] = NAME
    figure = Figure(figsize=(12, 5), layout="constrained", facecolor="white")
    panels = figure.subplots(1, len(FIGURES), sharey=True)
    for axes, kind in zip(panels, FIGURES, strict=True):
        draw(axes, result["records"], kind)
    panels[0].set_ylabel("one search within 31 bits, one thread, ms\n(medians; bands: quartiles)")
    figure.savefig(HERE / NAME, metadata={"Date": None})
    print(HERE / NAME)
    return 0


if __name__ == "__main__":
    sys.exit(main())
