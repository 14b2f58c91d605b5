"""`hashguard index compact`: a live folder with nothing in it but what is matched."""

from __future__ import annotations

from hashguard.cli.index_folders import FolderArgument, opened
from hashguard.cli.list_files import entries_text
from hashguard.cli.status import CliError
from hashguard.cli.terminal import Terminal
from hashguard.printable import shown

EPILOG = """Example:

  hashguard index compact ncii.live

Changes gather in a log; this merges them into the base, and removes from the
disk what was withdrawn or replaced. Processes that search or change the folder
go on meanwhile. For millions of entries it takes some seconds, and the room on
the disk for a second base."""


def compact_command(folder: FolderArgument) -> int:
    """Merge what was added, and forget what was withdrawn."""
    from hashguard.live.compaction import give_way

    give_way()
    with opened(folder) as live:
        before = live.view()
        if not live.compact():
            raise CliError(
                f"{shown(folder)}: another process is compacting it already; let it finish"
            )
        name = shown(folder)
        if not len(before.codes) and not len(before.dead):
            Terminal().line(f"{name}: compact already, {entries_text(len(before))}")
            return 0
        Terminal().line(
            f"{name}: compacted to {entries_text(len(live.view()))}: {len(before.codes)} added, "
            f"{len(before.dead)} withdrawn or replaced since the last time"
        )
    return 0
