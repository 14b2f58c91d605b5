"""`hashguard explain`: one upload in, its verdict in whole sentences, and a picture of it, out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hashguard.cli.inputs import STDIN, read_picture
from hashguard.cli.matching import (
    ListOption,
    NegativeOption,
    PolicyName,
    PolicyOption,
    matcher_over,
    status_of,
    sureness,
)
from hashguard.cli.status import CliError, UsageError
from hashguard.cli.terminal import Terminal
from hashguard.files import replace_file
from hashguard.framing import LEAST_TOLD
from hashguard.printable import shown
from hashguard.sources import Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hashguard.decode import DecodeLimits
    from hashguard.framing import Framing
    from hashguard.policies import MatchPolicy
    from hashguard.verdict import Match, Verdict

EPILOG = """Examples:

  hashguard explain upload.jpg --list ncii.hgl --policy PDQ_STANDARD
  hashguard explain upload.jpg --list ncii.hgl -o where.png

The picture is the upload in grey, with a line around what matched. Nothing of
the listed picture is in it: nobody has it. It is readable by you only.

Policies are those of hashguard match, which says what each looks for; without
one, PDQ_STRICT. Exit status: as of hashguard match."""


def explain_command(
    upload: Annotated[
        str, typer.Argument(metavar="UPLOAD", help="A file, or - for standard input.")
    ],
    *,
    list_path: ListOption,
    policy: PolicyOption = PolicyName.PDQ_STRICT,
    negative: NegativeOption = "",
    output: Annotated[
        str, typer.Option("--output", "-o", metavar="PNG", help="Draw where the match lies.")
    ] = "",
    number: Annotated[
        int, typer.Option("--match", metavar="N", min=1, help="Draw this one, not the nearest.")
    ] = 1,
    force: Annotated[
        bool, typer.Option("--force", metavar="", help="Overwrite the picture.")
    ] = False,
) -> int:
    """Say how an upload matches, and show where.

    Which variant of it was looked up, where the match lies in it, and how sure that is.
    """
    if output == STDIN:
        raise UsageError("the picture is a private file; name one with -o")
    if output and not force and Path(output).exists():
        raise CliError(f"{shown(output)} is there already; overwrite it with --force")
    from hashguard.decode import DecodeLimits

    limits = DecodeLimits()
    data = read_picture(Source(upload), limits.bytes)
    if not isinstance(data, bytes):
        raise CliError(f"{shown(upload)}: {getattr(data, 'reason', 'is no picture')}")
    terminal = Terminal()
    with matcher_over(list_path, policy, negative, terminal) as matcher:
        verdict = matcher.check(data)
        for line in _told(upload, verdict, matcher.policy):
            terminal.line(line)
    if output and verdict.matches:
        _save(output, _drawn(data, verdict, number, limits))
        terminal.line(f"{shown(output)}: where match {number} lies")
    elif output:
        terminal.complain("nothing matches, so no picture was drawn")
    return status_of(verdict)


def _drawn(data: bytes, verdict: Verdict, number: int, limits: DecodeLimits) -> bytes:
    from hashguard.explanation import explain_match

    if number > len(verdict.matches):
        raise UsageError(f"--match: there is no match {number}; {len(verdict.matches)} were found")
    return explain_match(data, verdict.matches[number - 1], limits=limits)


def _save(output: str, picture: bytes) -> None:
    try:
        replace_file(Path(output).resolve(), picture)
    except OSError as error:
        reason = error.strerror or "it cannot be written"
        raise CliError(f"cannot write {shown(output)}: {reason}") from error


def _told(upload: str, verdict: Verdict, policy: MatchPolicy) -> Iterator[str]:
    yield f"{shown(upload)}: {verdict.outcome.value}, by {verdict.policy}"
    if verdict.reason:
        yield f"  {verdict.reason}"
    for note in verdict.notes:
        yield f"  {note}"
    for number, match in enumerate(verdict.matches, start=1):
        source = f" (source {match.entry.source})" if match.entry.source else ""
        frame = f", in frame {match.frame + 1}" if match.frame else ""
        yield f"match {number}: entry {match.entry.id}{source}"
        yield f"  looked up  {match.probe}{frame}"
        yield f"  distance   {match.distance} of {policy.algorithm.bits} bits"
        if match.weighed:
            yield f"  weighed    {match.weighed} of them, each by how clear the upload is about it"
        yield f"  where      {where_text(match.framing)}"
        if sure := _sure(match, policy):
            yield f"  how sure   {sure}"


def _sure(match: Match, policy: MatchPolicy) -> str:
    return ": ".join(one for one in (sureness(match, policy), match.odds) if one)


def where_text(framing: Framing) -> str:
    """Where a picture lies in an upload, in percent of its sides: `all of the upload`.

    The corners that a tilt moves out of the upload are not worth words, nor is half a percent.
    """
    inside = replace(
        framing,
        left=max(framing.left, 0.0),
        top=max(framing.top, 0.0),
        right=min(framing.right, 1.0),
        bottom=min(framing.bottom, 1.0),
        tilt=0.0,
    )
    text = "all of the upload"
    if not inside.is_whole:
        across = f"{inside.left:.0%} to {inside.right:.0%} of the width"
        text = f"from {across}, from {inside.top:.0%} to {inside.bottom:.0%} of the height"
    if framing.tilt:
        side = "right" if framing.tilt > 0 else "left"
        return f"{text}, tilted {abs(framing.tilt):g} degrees {side}"
    beyond = {
        "left": -framing.left,
        "top": -framing.top,
        "right": framing.right - 1,
        "bottom": framing.bottom - 1,
    }
    cut = [f"{share:.0%} beyond its {side}" for side, share in beyond.items() if share > LEAST_TOLD]
    return f"{text}, and {', '.join(cut)}: it was cropped" if cut else text
