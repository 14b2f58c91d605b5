"""`hashguard list add`: files of hashes in, the next version of a list out."""

from __future__ import annotations

from dataclasses import replace

from hashguard.cli.inputs import STDIN
from hashguard.cli.list_files import (
    FilesArgument,
    Kind,
    KindOption,
    ListArgument,
    SourceOption,
    entries_text,
    grown,
    load_list,
    read_hashes,
    refuse_hashes,
    refuse_source,
    save_list,
    tell_unused,
)
from hashguard.cli.status import UsageError
from hashguard.cli.terminal import Terminal
from hashguard.printable import shown

EPILOG = """Examples:

  hashguard list add ncii.hgl more.jsonl
  hashguard hash new/ --json | hashguard list add ncii.hgl - --source a-hotline"""


def add_command(
    list_path: ListArgument,
    hashes: FilesArgument,
    *,
    source: SourceOption = "",
    kind: KindOption = Kind.AUTO,
) -> int:
    """Add hashes to a list.

    What the list holds already is left out; its version grows by one.
    """
    refuse_hashes(hashes)
    refuse_source(source)
    if hashes.count(STDIN) > 1:
        raise UsageError("standard input (-) can be read only once")
    before = load_list(list_path)
    after, found = before, []
    for path in hashes:
        read = read_hashes(path, kind, algorithm=before.algorithm, source=source, known=after)
        after = grown(after, read, path)
        found.append(read)
    added = len(after) - len(before)
    unused = tell_unused(found)
    if not added:
        Terminal().line(f"{shown(list_path)}: unchanged, nothing new to add{unused}")
        return 0
    after = replace(after, version=before.version + 1)
    save_list(after, list_path)
    Terminal().line(
        f"{shown(list_path)}: version {after.version}, {entries_text(len(after))}, "
        f"{added} of them new{unused}"
    )
    return 0
