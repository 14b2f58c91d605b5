"""What the README says of robustness, made of the tables beside this file; measures nothing."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

HERE = Path(__file__).parent
BEGIN = "<!-- made by benchmarks/robustness: begin -->\n"
END = "<!-- made by benchmarks/robustness: end -->\n"
SYSTEMS = ("hashguard PDQ_STRICT", "hashguard PDQ_STRICT_ORIENTED", "hashguard PDQ_WIDE")

EDITS: tuple[tuple[str, str, str], ...] = (
    ("saved again as JPEG of quality 20", "saved as JPEG", "20"),
    ("sent on by a messenger, twice", "sent by messenger", "2"),
    ("shrunk to 128 pixels", "shrunk to a thumbnail", "128"),
    ("saved as GIF", "saved as GIF", "256"),
    ("made grey", "greyscale", "100"),
    ("blurred (radius 3)", "blurred", "3"),
    ("brightened by half", "brighter", "1.5"),
    ("cropped by 1 % a side", "cropped, all sides", "1"),
    ("cropped by 2 % a side", "cropped, all sides", "2"),
    ("cropped by 5 % a side", "cropped, all sides", "5"),
    ("framed by a border of 2 % a side", "border, white", "2"),
    ("framed by a border of 5 % a side", "border, white", "5"),
    ("given a caption bar over 13 % of its height", "caption over the picture", "13"),
    ("covered by stickers, 5 % of its area", "stickers", "5"),
    ("tilted by 1°", "tilted, black corners", "1"),
    ("tilted by 2°", "tilted, black corners", "2"),
    ("tilted by 5°", "tilted, black corners", "5"),
    ("mirrored", "mirrored", "75"),
    ("turned by a quarter", "turned", "90"),
)
"""As the README says it; attack and strength."""

Row = dict[str, str]


def read(name: str) -> list[Row]:
    """The rows of a table beside this file."""
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def quoted() -> str:
    """The part of the README: a table of recall, and a sentence on false matches."""
    found: dict[tuple[str, str, str], Row] = {}
    for row in read("results.csv"):
        # The first threshold of a system is the one it is run at.
        found.setdefault((row["system"], row["attack"], row["strength"]), row)
    n = {
        found[system, attack, strength]["n"] for system in SYSTEMS for _, attack, strength in EDITS
    }
    if len(n) != 1:
        raise ValueError("the rows are not of the same pictures")
    heads = [f"`{system.removeprefix('hashguard ')}`" for system in SYSTEMS]
    lines = [
        f"The share of copies found, of {n.pop()} photographs, after one edit each; in brackets",
        "the 95 % interval. What cannot be decoded or hashed counts as missed.",
        "",
        _line(["the copy was", *heads]),
        _line(["---"] * (1 + len(heads))),
    ]
    for text, attack, strength in EDITS:
        cells = [_share(found[system, attack, strength]) for system in SYSTEMS]
        lines.append(_line([text, *cells]))
    return "\n".join([*lines, "", *_price()]) + "\n"


def replaced(readme: str, table: str) -> str:
    """The README with another table between the two marks. Raises ValueError without them."""
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError("the README has no marks to put the table between")
    return f"{before}{BEGIN}\n{table}\n{END}{after}"


def page(results: Path) -> str:
    """The page beside this file: the report's tables, and where they come from."""
    return (
        "# How robust our hashes are\n\n"
        "Made by `make bench-robustness CORPUS=...`, which runs `hashguard robustness` on a\n"
        "folder with `photos/` and `distractors/`; [docs/robustness.md](../../docs/robustness.md)\n"
        "says what is measured and how it is counted. [results.csv](results.csv) has every\n"
        "strength at every threshold, [false-matches.csv](false-matches.csv) what each costs.\n\n"
        + (results / "results.md").read_text(encoding="utf-8")
    )


def _price() -> Iterable[str]:
    first: dict[str, Row] = {}
    for row in read("false-matches.csv"):
        first.setdefault(row["system"], row)
    for system in SYSTEMS:
        row = first[system]
        yield (
            f"`{system.removeprefix('hashguard ')}` matched {int(row['false_uploads']):,} of "
            f"{int(row['uploads']):,} unrelated uploads against a list of {int(row['listed']):,}\n"
            f"(95 % interval of the share: {float(row['uploads_low']):.4f} to "
            f"{float(row['uploads_high']):.4f})."
        )


def _share(row: Row) -> str:
    value, low, high = (f"{float(row[name]):.2f}" for name in ("recall", "low", "high"))
    return f"{value} ({low} to {high})"


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
