"""`hashguard index verify`: whether a live folder is whole."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from hashguard.cli.index_folders import FolderArgument, opened
from hashguard.cli.list_files import entries_text
from hashguard.cli.status import CliError
from hashguard.cli.terminal import Terminal
from hashguard.printable import shown

EPILOG = """Example:

  hashguard index verify ncii.live

Exit status: 0 if the folder is whole, 4 if it is not.
The digests find damage, not forgery: anyone can make a folder that is whole."""


def verify_command(
    folder: FolderArgument,
    *,
    as_json: Annotated[bool, typer.Option("--json", metavar="", help="One JSON object.")] = False,
) -> int:
    """Read a whole live folder and check its digests.

    Opening a folder looks at lengths only; after a crash or a copy, verify it.
    """
    terminal = Terminal()
    try:
        with opened(folder, verify=True) as live:
            view = live.view()
            # Digests say that nothing changed since it was written; this, that it makes sense.
            _ = view.base.entries.table
    except CliError as error:
        if as_json:
            found = {"folder": folder, "whole": False, "error": str(error)}
            terminal.line(json.dumps(found))
        raise
    if as_json:
        found = {"folder": folder, "whole": True, "version": view.version, "entries": len(view)}
        terminal.line(json.dumps(found))
        return 0
    terminal.line(
        f"{shown(folder)}: whole; {view.algorithm.value}, version {view.version}, "
        f"{entries_text(len(view))}"
    )
    return 0
