"""`hashguard match`: uploads in, verdicts out."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from hashguard.cli.hash import tell_skipped
from hashguard.cli.inputs import read_picture, sources
from hashguard.cli.matching import (
    ListOption,
    NegativeOption,
    PolicyName,
    PolicyOption,
    matcher_over,
    status_of,
    sureness,
)
from hashguard.cli.status import Status
from hashguard.cli.terminal import Part, Terminal
from hashguard.printable import shown
from hashguard.sources import NotAPicture, Source, Unreadable

if TYPE_CHECKING:
    from hashguard.matcher import Matcher
    from hashguard.policies import MatchPolicy
    from hashguard.verdict import Match, Verdict

EPILOG = """Examples:

  hashguard match upload.jpg --list ncii.hgl
  hashguard match uploads/ --list ncii.hgl --policy PDQ_STRICT_ORIENTED
  hashguard match uploads/ --list ncii.hgl --json > verdicts.jsonl
  hashguard match uploads/ --list ncii.live

PDQ_STRICT finds re-encoded, resized and lightly edited copies, within 31 bits;
PDQ_STRICT_ORIENTED mirrored and turned ones, too; PDQ_WIDE, within 47 bits,
is for uploads that a person will look at.

PDQ_INLINE, PDQ_STANDARD and PDQ_DEEP reach as far as the list and the upload
allow for 1, 100 and 100 wrong matches in a million uploads, and say how sure
a match is: certain, probable or review. PDQ_INLINE also finds mirrored copies,
PDQ_STANDARD turned ones and pictures within the upload (without its border,
in a screenshot or a collage), PDQ_DEEP what was cropped or tilted.

Exit status: 1 if any upload matches; else 4 if any could not be read; else 3
if any is undecided, which does not mean clean; else 0."""


def match_command(
    uploads: Annotated[
        list[str],
        typer.Argument(metavar="UPLOAD", help="Files, folders, or - for standard input."),
    ],
    *,
    list_path: ListOption,
    policy: PolicyOption = PolicyName.PDQ_STRICT,
    negative: NegativeOption = "",
    as_json: Annotated[
        bool, typer.Option("--json", metavar="", help="JSON lines, one for each upload.")
    ] = False,
) -> int:
    """Match uploads against a list.

    A verdict names the entry found and its distance, or says why it is undecided.
    """
    listed = sources(uploads)
    terminal = Terminal()
    with matcher_over(list_path, policy, negative, terminal) as matcher:
        return _match_all(listed, matcher, terminal, as_json=as_json)


def _match_all(
    listed: list[Source], matcher: Matcher, terminal: Terminal, *, as_json: bool
) -> Status:
    statuses: set[Status] = set()
    skipped = 0
    with terminal.progress("matching", len(listed)) as advance:
        for source, found in _outcomes(listed, matcher):
            if isinstance(found, NotAPicture):
                skipped += 1
            elif isinstance(found, Unreadable):
                statuses.add(Status.ERROR)
                terminal.complain(f"{shown(source.name)}: {found.reason}")
                if as_json:
                    terminal.line(json.dumps({"file": source.name, "error": found.reason}))
            else:
                statuses.add(status_of(found))
                told = _text(source, found, matcher.policy)
                parts = (_json(source, found),) if as_json else told
                terminal.line(*parts)
            advance()
    tell_skipped(terminal, skipped, len(statuses))
    if not statuses:
        return Status.ERROR
    # The worst that needs someone's hand comes first; see docs/cli.md.
    return next(
        status
        for status in (Status.MATCH, Status.ERROR, Status.UNDECIDED, Status.FINE)
        if status in statuses
    )


def _outcomes(
    listed: list[Source], matcher: Matcher
) -> Iterator[tuple[Source, Verdict | Unreadable | NotAPicture]]:
    """Every source in order with what became of it; few uploads are held at a time."""
    from hashguard.decode import DecodeLimits

    limit = DecodeLimits().bytes
    waiting: deque[tuple[Source, Unreadable | NotAPicture | None]] = deque()

    def uploads() -> Iterator[bytes]:
        for source in listed:
            data = read_picture(source, limit)
            if isinstance(data, bytes):
                waiting.append((source, None))
                yield data
            else:
                waiting.append((source, data))

    for verdict in matcher.check_many(uploads()):
        source, trouble = waiting.popleft()
        while trouble is not None:
            yield source, trouble
            source, trouble = waiting.popleft()
        yield source, verdict
    for source, trouble in waiting:
        if trouble is not None:
            yield source, trouble


def _text(source: Source, verdict: Verdict, policy: MatchPolicy) -> tuple[Part, ...]:
    from hashguard.verdict import Outcome

    said = list(verdict.notes)
    if verdict.reason is not None:
        said.insert(0, verdict.reason)
    # Lower case, so that a search for MATCH finds matches only.
    word: Part = "no match"
    if verdict.outcome is Outcome.MATCH:
        word = ("MATCH", "bold red")
        said.insert(0, _match_text(verdict.matches[0], policy))
        if len(verdict.matches) > 1:
            said.insert(1, f"and {len(verdict.matches) - 1} more, which --json lists")
    elif verdict.outcome is Outcome.UNDECIDED:
        word = ("UNDECIDED", "bold yellow")
    return (f"{shown(source.name)}: ", word, "  " + "; ".join(said) if said else "")


def _match_text(match: Match, policy: MatchPolicy) -> str:
    bits = policy.algorithm.bits
    grade = sureness(match, policy)
    sure = f"{grade}, " if grade else ""
    source = f" (source {match.entry.source})" if match.entry.source else ""
    frame = f", frame {match.frame + 1}" if match.frame else ""
    weighed = f", weighed {match.weighed}" if match.weighed else ""
    return (
        f"{sure}distance {match.distance} of {bits}{weighed}, entry {match.entry.id}{source}, "
        f"{match.probe}{frame}"
    )


def _json(source: Source, verdict: Verdict) -> str:
    """Without the hashes of entries: verdicts are logged, and hashes must not be."""
    took = verdict.timings
    return json.dumps(
        {
            "file": source.name,
            "outcome": verdict.outcome.name.lower(),
            "reason": verdict.reason,
            "matches": [
                {
                    "distance": match.distance,
                    "weighed": match.weighed,
                    "entry": match.entry.id,
                    "status": match.entry.status.value,
                    "source": match.entry.source,
                    "tags": match.entry.tags,
                    "probe": match.probe,
                    "frame": match.frame,
                    "framing": _framing(match),
                    "grade": None if match.grade is None else match.grade.value,
                    "wrong_per_million": None if match.expected is None else match.expected.upper,
                    "odds": match.odds,
                }
                for match in verdict.matches
            ],
            "notes": verdict.notes,
            "policy": verdict.policy,
            "list": {"origin": verdict.list_origin, "version": verdict.list_version},
            "ms": {
                "decode": round(took.decode * 1e3, 3),
                "hash": round(took.hash * 1e3, 3),
                "search": round(took.search * 1e3, 3),
                "total": round(took.total * 1e3, 3),
            },
        }
    )


def _framing(match: Match) -> dict[str, float]:
    """Where the picture lies in the upload, in shares of its sides; see `Framing`."""
    one = match.framing
    return {
        "left": round(one.left, 4),
        "top": round(one.top, 4),
        "right": round(one.right, 4),
        "bottom": round(one.bottom, 4),
        "tilt": one.tilt,
    }
