"""`hashguard hash`: pictures in, hashes out."""

from __future__ import annotations

import csv
import enum
import io
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from hashguard.cli.inputs import sources
from hashguard.cli.status import Status, UsageError
from hashguard.cli.terminal import Terminal
from hashguard.parallel import in_order, usable_processors
from hashguard.printable import shown
from hashguard.sources import Source

if TYPE_CHECKING:
    from hashguard.cli.hashing import Plan, Row

EPILOG = """Examples:

  hashguard hash holiday.jpg photos/
  hashguard hash photos/ --json > hashes.jsonl
  cat holiday.jpg | hashguard hash -

Text is one line a picture: the hash, then a comment with its quality and file.
Text, JSON lines and CSV can all be given to: hashguard list build

Exit status: 0, or 4 if a picture could not be hashed."""

COLUMNS = (
    *("file", "hash", "quality", "ties", "format", "width", "height", "frame"),
    *("notes", "error"),
)
"""The keys of a JSON line and the columns of CSV; `orientation` is added where it is asked for."""

MAX_WORKERS = 8  # each may hold a decoded picture of 64 megapixels

_Writer: TypeAlias = "Callable[[Row], str | None]"


class AlgorithmName(enum.Enum):
    """The algorithms by name; hashguard.Algorithm itself is slow to import."""

    PDQ = "pdq"
    PHASH = "phash"
    DHASH = "dhash"
    WHASH = "whash"
    AVERAGE_HASH = "average_hash"


class SamplingName(enum.Enum):
    """The samplings of PDQ by name."""

    FULL = "full"
    NN512 = "nn512"


def hash_command(
    pictures: Annotated[
        list[str],
        typer.Argument(metavar="PICTURE", help="Files, folders, or - for standard input."),
    ],
    *,
    as_json: Annotated[
        bool, typer.Option("--json", metavar="", help="JSON lines, one for each hash.")
    ] = False,
    as_csv: Annotated[
        bool, typer.Option("--csv", metavar="", help="CSV with a header line.")
    ] = False,
    algorithm: Annotated[
        AlgorithmName,
        typer.Option(
            metavar="NAME",
            help="pdq, which lists are shared as; or phash, dhash, whash, average_hash.",
        ),
    ] = AlgorithmName.PDQ,
    sampling: Annotated[
        SamplingName,
        typer.Option(metavar="NAME", help="full; or nn512, PDQ as browser builds compute it."),
    ] = SamplingName.FULL,
    orientations: Annotated[
        bool,
        typer.Option("--orientations", metavar="", help="All eight turned and mirrored hashes."),
    ] = False,
    frames: Annotated[
        bool, typer.Option("--frames", metavar="", help="Every frame that a match would look up.")
    ] = False,
) -> int:
    """Hash pictures.

    Folders are searched for pictures, in the order of their names.
    """
    if as_json and as_csv:
        raise UsageError("--json and --csv exclude each other; give one of them")
    if sampling is not SamplingName.FULL and algorithm is not AlgorithmName.PDQ:
        raise UsageError("--sampling is for pdq alone; leave it out")
    listed = sources(pictures)
    columns = (*COLUMNS, "orientation") if orientations else COLUMNS
    terminal = Terminal()
    writer: _Writer = _text
    if as_json:
        writer = _json_writer(columns)
    elif as_csv:
        terminal.line(_csv(columns))
        writer = _csv_writer(columns)

    from hashguard.cli.hashing import Plan
    from hashguard.decode import DecodeLimits
    from hashguard.hashers import hasher_for
    from hashguard.hashers.pdq import Sampling
    from hashguard.hashes import Algorithm

    plan = Plan(
        hasher=hasher_for(Algorithm(algorithm.value)),
        sampling=Sampling(sampling.value),
        orientations=orientations,
        frames=frames,
        limits=DecodeLimits(),
    )
    return _hash_all(listed, plan, writer, terminal)


def _hash_all(listed: list[Source], plan: Plan, writer: _Writer, terminal: Terminal) -> Status:
    from hashguard.cli.hashing import hash_source

    status, skipped, done = Status.FINE, 0, 0
    workers = min(MAX_WORKERS, usable_processors())
    with terminal.progress("hashing", len(listed)) as advance:
        for result in in_order(lambda one: hash_source(one, plan), listed, workers=workers):
            skipped += result.skipped
            done += not result.skipped
            for row in result.rows:
                if row.error is not None:
                    status = Status.ERROR
                    terminal.complain(f"{shown(row.file)}: {row.error}")
                line = writer(row)
                if line is not None:
                    terminal.line(line)
            for warning in result.warnings:
                terminal.complain(warning)
            advance()
    tell_skipped(terminal, skipped, done)
    return status if done else Status.ERROR


def tell_skipped(terminal: Terminal, skipped: int, done: int) -> None:
    """Say what folders held besides pictures, and that they held no picture at all."""
    if skipped:
        noun = "file that is no picture" if skipped == 1 else "files that are no pictures"
        terminal.complain(f"skipped {skipped} {noun}")
    if not done:
        terminal.complain("there is no picture in what was given; name files or other folders")


def _text(row: Row) -> str | None:
    if row.hash is None:
        return None
    quality = "-" if row.quality is None else str(row.quality)
    parts = [f"{row.hash}  # quality {quality:>3}"]
    if row.frame_count > 1:
        parts.append(f"frame {(row.frame or 0) + 1} of {row.frame_count}")
    if row.orientation is not None:
        parts.append(row.orientation)
    return "  ".join([*parts, shown(row.file)])


def _json_writer(columns: tuple[str, ...]) -> _Writer:
    return lambda row: json.dumps({name: getattr(row, name) for name in columns})


def _csv_writer(columns: tuple[str, ...]) -> _Writer:
    def write(row: Row) -> str:
        fields = {name: getattr(row, name) for name in columns}
        fields["file"] = _harmless(shown(row.file))
        fields["notes"] = "; ".join(row.notes)
        return _csv(tuple(fields.values()))

    return write


def _csv(fields: tuple[object, ...]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(fields)
    return line.getvalue()


def _harmless(name: str) -> str:
    """The same file by a name that no spreadsheet takes for a formula."""
    return f"./{name}" if name.startswith(("=", "+", "-", "@")) and name != "-" else name
