"""Paragraphs and tables of Markdown, and a count of missed targets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from benchmarks.common import Spread


class Page:
    """Lines of Markdown, and how many targets were missed."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.missed = 0

    def say(self, text: str) -> None:
        """A paragraph."""
        self.lines += [text, ""]

    def section(self, title: str, result: dict[str, Any] | None) -> bool:
        """Begin a section; False if there is nothing to put into it."""
        self.say(f"### {title}")
        if result is None:
            self.say("Not measured yet.")
        return result is not None

    def judged(self, met: bool) -> str:
        """One word for a target, counted."""
        self.missed += not met
        return "met" if met else "**missed**"

    def table(self, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """A table; the first column to the left, the others to the right."""
        self.lines.append("| " + " | ".join(heads) + " |")
        self.lines.append("|" + "---|" + "---:|" * (len(heads) - 1))
        self.lines += ["| " + " | ".join(map(str, row)) + " |" for row in rows]
        self.lines.append("")


def ms(seconds: Iterable[float]) -> str:
    """The median in milliseconds."""
    return f"{Spread.of([1000 * s for s in seconds]).median:.2f}"


def slope(samples: Sequence[tuple[int, int]]) -> float:
    """The trend of (uploads, bytes) by least squares, in MB for 10,000 uploads."""
    middle = sum(n for n, _ in samples) / len(samples)
    spread = sum((n - middle) ** 2 for n, _ in samples)
    tilt = sum((n - middle) * size for n, size in samples)
    return tilt / spread * 10_000 / 2**20 if spread else 0.0


def versions_text(found: Mapping[str, str]) -> str:
    """Names and numbers in a row."""
    return ", ".join(f"{name} {number}" for name, number in found.items())
