"""`hashguard list show`: a look at a list, or all of it for other tools."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING, Annotated

import typer

from hashguard.cli.list_files import ListArgument, entries_text, load_list
from hashguard.cli.status import UsageError
from hashguard.cli.terminal import Terminal
from hashguard.printable import shown

if TYPE_CHECKING:
    from hashguard.lists import Entry, HashList

EPILOG = """Examples:

  hashguard list show ncii.hgl
  hashguard list show ncii.hgl --json > entries.jsonl
  hashguard list show ncii.hgl --text > for-threatexchange.txt

What --json and --csv print can be given to: hashguard list build
They and --text print the hashes; keep such files private."""

_FIRST = 20  # entries; a screenful
_COLUMNS = ("hash", "id", "modified", "quality", "source", "status", "tags")


def show_command(
    list_path: ListArgument,
    *,
    as_json: Annotated[
        bool, typer.Option("--json", metavar="", help="All entries as JSON lines.")
    ] = False,
    as_text: Annotated[
        bool,
        typer.Option(
            "--text", metavar="", help="The hashes that match, as threatexchange reads them."
        ),
    ] = False,
    as_csv: Annotated[bool, typer.Option("--csv", metavar="", help="All entries as CSV.")] = False,
) -> int:
    """Show a list: what it is, and its first entries without their hashes."""
    if as_json + as_text + as_csv > 1:
        raise UsageError("--json, --text and --csv exclude each other; give one of them")
    hash_list = load_list(list_path)
    terminal = Terminal()
    from hashguard.lists.exporters import json_lines, text_lines

    lines: Iterable[str]
    if as_json:
        lines = json_lines(hash_list)
    elif as_text:
        lines = text_lines(hash_list)
    elif as_csv:
        lines = _csv_lines(hash_list)
    else:
        lines = _overview(list_path, hash_list)
    for line in lines:
        terminal.line(line, flush=False)
    return 0


def _csv_lines(hash_list: HashList) -> Iterable[str]:
    from hashguard.lists.exporters import json_line

    yield ",".join(_COLUMNS)
    for entry in hash_list.entries():
        fields = json.loads(json_line(entry))
        fields["tags"] = ",".join(entry.tags)
        line = io.StringIO()
        csv.writer(line, lineterminator="").writerow([fields[name] for name in _COLUMNS])
        yield line.getvalue()


def _overview(list_path: str, hash_list: HashList) -> Iterable[str]:
    from hashguard.lists.entry import time_text

    expires = "never" if hash_list.expires is None else time_text(hash_list.expires)
    yield f"file       {shown(list_path)}"
    yield f"origin     {hash_list.origin or '-'}"
    yield f"version    {hash_list.version}"
    yield f"algorithm  {hash_list.algorithm.value}"
    yield f"expires    {expires}"
    yield f"entries    {len(hash_list)}, of which {len(hash_list.active_rows)} are matched"
    if not len(hash_list):
        return
    yield ""
    rows: list[tuple[str, ...]] = [("entry", "status", "quality", "modified", "source", "tags")]
    rows += [_cells(entry) for entry in islice(hash_list.entries(), _FIRST)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        yield "  ".join(cells).rstrip()
    if len(hash_list) > _FIRST:
        rest = entries_text(len(hash_list) - _FIRST)
        yield f"and {rest} more; --json prints all of them, with their hashes"


def _cells(entry: Entry) -> tuple[str, ...]:
    from hashguard.lists.entry import time_text

    return (
        entry.id,
        entry.status.value,
        "-" if entry.quality is None else str(entry.quality),
        "-" if entry.modified is None else time_text(entry.modified),
        entry.source or "-",
        ",".join(entry.tags) or "-",
    )
