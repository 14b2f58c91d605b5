"""`hashguard bank show`: how much a bank holds, or where one case stands."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from hashguard.cli.bank_folders import BankArgument, JsonOption, opened, said
from hashguard.cli.terminal import Terminal
from hashguard.printable import shown

if TYPE_CHECKING:
    from hashguard.bank import CaseState, Overview, Record

EPILOG = """Examples:

  hashguard bank show bank/
  hashguard bank show bank/ 4UDZ-XVK2

These counts are exact, for the organisation itself. Figures to publish come
from: hashguard bank stats"""


def show_command(
    bank_path: BankArgument,
    case: Annotated[
        str, typer.Argument(metavar="[CASE]", help="The number of a case, or its id.")
    ] = "",
    *,
    as_json: JsonOption = False,
) -> int:
    """Show how much a bank holds and what platforms disagree on; or one case. No hashes."""
    terminal = Terminal()
    with opened(bank_path, words=[case] if case else []) as bank:
        if case:
            state = bank.case(case)
            fields, lines = _case_fields(state), _case_lines(state)
        else:
            overview, disputes = bank.overview(), bank.disputes()
            fields, lines = _fields(overview, disputes), _lines(overview, disputes)
    if as_json:
        terminal.line(json.dumps(fields))
        return 0
    for line in lines:
        terminal.line(line)
    return 0


def _lines(overview: Overview, disputes: tuple[Record, ...]) -> Iterator[str]:
    yield f"cases   {_counts(overview.cases)}"
    yield f"hashes  {_counts(overview.hashes)}"
    yield f"log     {overview.log} entries"
    for record in disputes:
        yield f"disputed: {record.id}: {said(record.feedback)}"


def _counts(counts: tuple[tuple[object, int], ...]) -> str:
    return ", ".join(f"{count} {getattr(status, 'value', status)}" for status, count in counts)


def _fields(overview: Overview, disputes: tuple[Record, ...]) -> dict[str, object]:
    return {
        "cases": {status.value: count for status, count in overview.cases},
        "hashes": {status.value: count for status, count in overview.hashes},
        "log": overview.log,
        "disputed": {
            record.id: {one.source: one.feedback.word for one in record.feedback}
            for record in disputes
        },
    }


def _case_lines(state: CaseState) -> Iterator[str]:
    from hashguard.lists.entry import time_text

    yield f"number    {state.number or '-'}"
    yield f"id        {state.case}"
    yield f"status    {state.status.value}"
    yield f"source    {shown(state.source)}"
    for name, time in (
        ("received", state.received),
        ("reviewed", state.decided),
        ("ended", state.ended),
    ):
        if time is not None:
            yield f"{name:<9} {time_text(time)}"
    if state.reason:
        yield f"refused   {shown(state.reason)}"
    for word in state.held:
        yield f"waits     {word}"
    for finding, count in state.left_out:
        yield f"left out  {count} {finding.value}"
    for one in state.pictures:
        quality = "-" if one.quality is None else one.quality
        yield f"picture {one.place}: {one.status.value}, quality {quality}, {said(one.feedback)}"
        for note in one.notes:
            yield f"    {shown(note)}"


def _case_fields(state: CaseState) -> dict[str, object]:
    return {
        "number": state.number,
        "id": state.case,
        "status": state.status.value,
        "source": state.source,
        "received": state.received,
        "reviewed": state.decided,
        "ended": state.ended,
        "reason": state.reason,
        "held": list(state.held),
        "left_out": {finding.value: count for finding, count in state.left_out},
        "pictures": [
            {
                "place": one.place,
                "kind": one.kind,
                "quality": one.quality,
                "status": one.status.value,
                "notes": list(one.notes),
                "answers": {given.source: given.feedback.word for given in one.feedback},
            }
            for one in state.pictures
        ],
    }
