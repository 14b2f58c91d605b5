"""`hashguard list check`: whether the file is whole, and what is odd about it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from time import time
from typing import TYPE_CHECKING, Annotated

import typer

from hashguard.cli.list_files import ListArgument, entries_text, load_list
from hashguard.cli.status import CliError
from hashguard.cli.terminal import Terminal
from hashguard.printable import shown

if TYPE_CHECKING:
    from hashguard.lists import HashList, ListReport

EPILOG = """Example:

  hashguard list check ncii.hgl

Exit status: 0 if the file is whole, whatever is odd about it; 4 if it is not.
The check finds damage, not forgery: anyone can make a file that is whole."""


def check_command(
    list_path: ListArgument,
    *,
    as_json: Annotated[bool, typer.Option("--json", metavar="", help="One JSON object.")] = False,
) -> int:
    """Check a list: is its file whole, and is anything odd about its entries."""
    terminal = Terminal()
    try:
        hash_list = load_list(list_path)
    except CliError as error:
        if as_json:
            found = {"file": list_path, "whole": False, "error": str(error)}
            terminal.line(json.dumps(found))
        raise
    from hashguard.lists import check_list

    report = check_list(hash_list, now=int(time()))
    if as_json:
        terminal.line(json.dumps(_as_dict(list_path, hash_list, report)))
        return 0
    name = shown(list_path)
    terminal.line(
        f"{name}: whole; {hash_list.algorithm.value}, version {hash_list.version}, "
        f"{entries_text(len(hash_list))}, {len(hash_list.active_rows)} of them matched"
    )
    for advice in _advice(hash_list, report):
        terminal.line(f"{name}: advice: {advice}")
    return 0


def _advice(hash_list: HashList, report: ListReport) -> Iterator[str]:
    if report.expired:
        yield "it has expired; ask its origin for a newer one"
    if not len(hash_list.active_rows):
        yield "no entry is active, so nothing can match"
    if report.junk:
        yield (
            f"{entries_text(report.junk)} with a hash of all zeros or all ones, which plain "
            "pictures have; remove them"
        )
    if report.unusual_weight:
        yield (
            f"{entries_text(report.unusual_weight)} with far more or fewer ones than hashes of "
            "photographs have; ask where they come from"
        )
    if report.low_quality:
        yield (
            f"{entries_text(report.low_quality)} of quality below 50, which may match "
            "pictures that show something else"
        )
    if report.unknown_quality:
        yield (
            f"{entries_text(report.unknown_quality)} of unknown quality; JSON lines and CSV "
            "carry it along, plain text does not"
        )
    if report.shared_hashes:
        yield (
            f"{entries_text(report.sharing_entries)} share a hash with another; removing one "
            "leaves the others"
        )


def _as_dict(list_path: str, hash_list: HashList, report: ListReport) -> dict[str, object]:
    return {
        "file": list_path,
        "whole": True,
        "origin": hash_list.origin,
        "version": hash_list.version,
        "algorithm": hash_list.algorithm.value,
        "expires": hash_list.expires,
        "entries": report.entries,
        "by_status": {status.value: count for status, count in report.by_status.items()},
        "expired": report.expired,
        "junk": report.junk,
        "unusual_weight": report.unusual_weight,
        "low_quality": report.low_quality,
        "unknown_quality": report.unknown_quality,
        "shared_hashes": report.shared_hashes,
        "sharing_entries": report.sharing_entries,
    }
