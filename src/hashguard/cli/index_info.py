"""`hashguard index info`: what is in a live folder, without its hashes."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hashguard.cli.index_folders import FolderArgument, opened, size_text
from hashguard.cli.terminal import Terminal
from hashguard.printable import shown

if TYPE_CHECKING:
    from hashguard.live import View

EPILOG = """Examples:

  hashguard index info ncii.live
  hashguard index info ncii.live --json

To read it takes no right to write, and disturbs nobody."""


def info_command(
    folder: FolderArgument,
    *,
    as_json: Annotated[bool, typer.Option("--json", metavar="", help="One JSON object.")] = False,
) -> int:
    """Show what a live folder holds and how it is searched.

    No hash is printed.
    """
    terminal = Terminal()
    with opened(folder) as live:
        view = live.view()
    size = _size(folder)
    if as_json:
        terminal.line(json.dumps(_as_dict(folder, view, size)))
        return 0
    for line in _lines(folder, view, size):
        terminal.line(line)
    return 0


def _lines(folder: str, view: View, size: int) -> Iterator[str]:
    from hashguard.live.current import VERSION

    yield f"folder     {shown(folder)}"
    yield f"origin     {view.origin or '-'}"
    yield f"version    {view.version}"
    yield f"algorithm  {view.algorithm.value}"
    yield (
        f"entries    {len(view)}: {len(view.base)} in the base, {len(view.codes)} added since, "
        f"{len(view.dead)} withdrawn or replaced since"
    )
    yield f"on disk    {size_text(size)}, format {VERSION}"
    explained = str(view.base.index.explain()).splitlines()
    yield f"search     {explained[0]}"
    for line in explained[1:]:
        yield f"           {line}"
    if len(view.dead):
        yield ""
        yield "Hashes withdrawn or replaced stay on this disk until: hashguard index compact"


def _as_dict(folder: str, view: View, size: int) -> dict[str, object]:
    from hashguard.live.current import VERSION

    explained = view.base.index.explain()
    return {
        "folder": folder,
        "origin": view.origin,
        "version": view.version,
        "algorithm": view.algorithm.value,
        "entries": len(view),
        "in_base": len(view.base),
        "added_since": len(view.codes),
        "gone_since": len(view.dead),
        "max_distance": view.max_distance,
        "probes": explained.probes,
        "way": explained.chosen.name,
        "expected_ms": round(explained.chosen.seconds * 1e3, 4),
        "index_bytes": explained.chosen.bytes,
        "disk_bytes": size,
        "format": VERSION,
    }


def _size(folder: str) -> int:
    """Bytes of all files in a folder; what another process removes meanwhile does not count."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                total += Path(place, name).lstat().st_size
            except OSError:
                continue
    return total
