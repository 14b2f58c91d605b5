"""`hashguard index calibrate`: what searches cost on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated

import typer

from hashguard.cli.inputs import STDIN
from hashguard.cli.list_files import refuse_hashes
from hashguard.cli.status import CliError, UsageError
from hashguard.cli.terminal import Terminal
from hashguard.errors import IndexFileError
from hashguard.printable import shown

if TYPE_CHECKING:
    from hashguard.index.costs import Costs, Rates

EPILOG = """Examples:

  hashguard index calibrate
  hashguard index calibrate -o costs.json
  hashguard index build ncii.hgl -o ncii.live --costs costs.json

It takes about a minute and 1 GB of memory; less with --largest. Let nothing
else run meanwhile. Wrong costs make searches slower, never wrong."""

SMALLEST, LARGEST = 1_000, 4_000_000
"""Hashes of the lists that are measured; hashguard.index.calibrate is slow to import."""

_SEED = 1  # any; the same codes are measured every time
_DISTANCE = 31  # bits, for the table
_PROBES = (1, 8, 64)


def calibrate_command(
    *,
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="FILE", help="Where to write the costs.")
    ] = "",
    largest: Annotated[
        int,
        typer.Option(metavar="N", help="Hashes of the longest list to measure."),
    ] = LARGEST,
    as_json: Annotated[
        bool, typer.Option("--json", metavar="", help="The costs as JSON, as -o writes them.")
    ] = False,
) -> int:
    """Measure how fast this machine searches.

    For index build to choose by. Takes about a minute; let nothing else run meanwhile.
    """
    refuse_hashes([output])
    if output == STDIN:
        raise UsageError("-o names a file; for standard output there is --json")
    if largest < SMALLEST:
        raise UsageError(f"--largest: must be at least {SMALLEST} hashes, not {largest}")
    if output:
        _refuse_other(output)
    terminal = Terminal()
    terminal.complain("measuring, up to a minute; what else runs meanwhile spoils it")
    costs = _measured(largest, terminal)
    if output:
        _write(output, costs)
    if as_json:
        terminal.line(costs.dumps().rstrip("\n"))
        return 0
    for line in _table(costs):
        terminal.line(line)
    terminal.line("")
    if output:
        terminal.line(
            f"Written. Use it: hashguard index build LIST -o FOLDER --costs {shown(output)}"
        )
    else:
        terminal.line("To use this, keep it: hashguard index calibrate -o costs.json")
    return 0


def _measured(largest: int, terminal: Terminal) -> Costs:
    import numpy as np

    from hashguard.index.calibrate import SIZES, calibrate, costs_of

    measured = []
    rng = np.random.default_rng(_SEED)
    with terminal.progress("measuring", sum(size <= largest for size in SIZES)) as advance:
        for one in calibrate(perf_counter, rng, largest=largest):
            measured.append(one)
            advance()
    return costs_of(measured)


def _refuse_other(path: str) -> None:
    """Before a minute is spent: only costs may be overwritten, and only where there is room."""
    from hashguard.index import Costs
    from hashguard.index.costs import MAX_COSTS_BYTES

    try:
        with Path(path).open("rb") as file:
            raw = file.read(MAX_COSTS_BYTES + 1)
        Costs.loads(raw.decode("utf-8"))
    except FileNotFoundError as error:
        if not Path(path).absolute().parent.is_dir():
            raise CliError(
                f"cannot write {shown(path)}: the folder to put it in is not there"
            ) from error
    except OSError as error:
        raise CliError(f"cannot write {shown(path)}: {error.strerror}") from error
    except (UnicodeDecodeError, IndexFileError) as error:
        raise CliError(
            f"{shown(path)} is there already and holds no costs; name another file"
        ) from error


def _write(path: str, costs: Costs) -> None:
    from hashguard.files import replace_file

    try:
        replace_file(Path(path), costs.dumps().encode("ascii"))
    except OSError as error:
        raise CliError(f"cannot write {shown(path)}: {error.strerror}") from error


def _table(costs: Costs) -> Iterator[str]:
    """What one search is expected to take, in microseconds."""
    yield f"Microseconds to search PDQ hashes within {_DISTANCE} bits:"
    yield ""
    rows: list[tuple[str, ...]] = [("hashes", "probes", "flat", "scan", "multi-index")]
    rows += [_row(rates, probes) for rates in costs.rates for probes in _PROBES]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))


def _row(rates: Rates, probes: int) -> tuple[str, ...]:
    from hashguard.index import scan
    from hashguard.index.calibrate import CODE_BYTES
    from hashguard.index.plan import LAYOUTS, ways

    fastest: dict[str, float] = {}
    for way in ways(rates, CODE_BYTES, probes, _DISTANCE, layouts=LAYOUTS, fast=scan.available()):
        fastest.setdefault(way.name, way.seconds)
    cells = [fastest.get(name) for name in ("flat", "scan", "multi-index")]
    told = ["-" if seconds is None else f"{seconds * 1e6:,.0f}" for seconds in cells]
    return (f"{rates.codes:,}", str(probes), *told)
