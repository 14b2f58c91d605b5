"""`hashguard index update`: a live folder that says what the newest list says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from hashguard.cli.index_folders import FolderArgument, opened
from hashguard.cli.list_files import ListArgument, entries_text, load_list
from hashguard.cli.matching import tell_doubts
from hashguard.cli.status import CliError
from hashguard.cli.terminal import Terminal
from hashguard.errors import AlgorithmMismatchError, ListError
from hashguard.printable import shown

if TYPE_CHECKING:
    from hashguard.lists import HashList
    from hashguard.live import LiveIndex, View
    from hashguard.live.difference import Difference

EPILOG = """Example:

  hashguard list remove ncii.hgl 12
  hashguard index update ncii.live ncii.hgl

Entries are compared by id, and what is the same is left alone. Processes that
search the folder see each change within a second; withdrawals come first. An
update that was broken off is taken up again by the next one."""

_MAX_WAITING = 1_000_000  # rows that every process keeps in memory until they are compacted


def update_command(
    folder: FolderArgument,
    list_path: ListArgument,
    *,
    any_origin: Annotated[
        bool, typer.Option("--any-origin", metavar="", help="Take a list of another origin, too.")
    ] = False,
) -> int:
    """Make a live folder say what a list says.

    The list must be of the same origin and not older than what the folder has.
    """
    from hashguard.live.compaction import is_due

    terminal = Terminal()
    with opened(folder) as live:
        hash_list = load_list(list_path)
        tell_doubts(list_path, hash_list, terminal)
        found = _difference(folder, live.refresh(), hash_list, any_origin=any_origin)
        if not len(found) and found.after == found.before:
            terminal.line(
                f"{shown(folder)}: unchanged, it has version {found.before} of the list already"
            )
            return 0
        added, replaced, withdrawn = _apply(folder, live, found, terminal)
        view = live.view()
        terminal.line(
            f"{shown(folder)}: version {view.version}, {entries_text(len(view))}: "
            f"{added} added, {replaced} replaced, {withdrawn} withdrawn"
        )
        if is_due(view) and live.compact():
            terminal.line(f"{shown(folder)}: compacted, for its log had become long")
    return 0


def _difference(folder: str, view: View, hash_list: HashList, *, any_origin: bool) -> Difference:
    from hashguard.live.difference import difference

    if hash_list.origin != view.origin and not any_origin:
        raise CliError(
            f"{shown(folder)}: holds a list of {_named(view.origin)}, not of "
            f"{_named(hash_list.origin)}; nothing was changed; is it the right folder? "
            "If so, give --any-origin"
        )
    try:
        return difference(view, hash_list)
    except (ListError, AlgorithmMismatchError) as error:
        raise CliError(
            f"{shown(folder)}: {error}; nothing was changed; give the newest list of this folder"
        ) from error


def _apply(
    folder: str, live: LiveIndex, found: Difference, terminal: Terminal
) -> tuple[int, int, int]:
    """How many were added, replaced and withdrawn."""
    added = replaced = withdrawn = 0
    with terminal.progress("updating", found.parts) as advance:
        for changes in found.changes():
            try:
                applied = live.apply(changes)
            except ValueError as error:
                # Of what a list holds, only the version can be refused.
                raise CliError(
                    f"{shown(folder)}: another process changed it meanwhile; update it again"
                ) from error
            added += applied.added
            replaced += applied.replaced
            withdrawn += applied.withdrawn
            if live.view().waiting >= _MAX_WAITING:
                live.compact()
            advance()
    return added, replaced, withdrawn


def _named(origin: str) -> str:
    return shown(origin) if origin else "no stated origin"
