"""What the commands that match share: the policy by name, and a matcher over a list on disk."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from hashguard.cli.index_folders import opened
from hashguard.cli.list_files import load_list
from hashguard.cli.status import CliError, Status
from hashguard.cli.terminal import Terminal
from hashguard.errors import AlgorithmMismatchError, RecallError
from hashguard.printable import shown

if TYPE_CHECKING:
    from hashguard.lists import HashList
    from hashguard.live import LiveIndex
    from hashguard.matcher import Matcher
    from hashguard.policies import MatchPolicy
    from hashguard.verdict import Match, Verdict

_NOTHING_ACTIVE = "has no active entry, so nothing can match"


class PolicyName(enum.Enum):
    """The presets by name; hashguard.policies itself is slow to import."""

    PDQ_STRICT = "PDQ_STRICT"
    PDQ_STRICT_ORIENTED = "PDQ_STRICT_ORIENTED"
    PDQ_WIDE = "PDQ_WIDE"
    PDQ_INLINE = "PDQ_INLINE"
    PDQ_STANDARD = "PDQ_STANDARD"
    PDQ_DEEP = "PDQ_DEEP"


ListOption: TypeAlias = Annotated[
    str, typer.Option("--list", metavar="LIST", help="A list file, or a live folder.")
]
PolicyOption: TypeAlias = Annotated[
    PolicyName,
    typer.Option(
        case_sensitive=False,
        metavar="NAME",
        help="What counts as a match, and what is looked up; see below.",
    ),
]
NegativeOption: TypeAlias = Annotated[
    str,
    typer.Option(metavar="LIST", help="A list file of harmless pictures, which must never match."),
]


@contextmanager
def matcher_over(
    list_path: str, policy: PolicyName, negative: str, terminal: Terminal
) -> Iterator[Matcher]:
    """A matcher over a list file or a live folder as it is now. negative: a file, "" for none.

    Complains about what its user should know of a list; it is used all the same. Raises CliError.
    """
    harmless = load_list(negative) if negative else None
    if harmless is not None:
        tell_doubts(negative, harmless, terminal)
    if not Path(list_path).is_dir():
        hash_list = load_list(list_path)
        tell_doubts(list_path, hash_list, terminal)
        yield _matcher(hash_list, list_path, policy, harmless)
        return
    with opened(list_path) as live:
        if not len(live.view()):
            terminal.complain(f"{shown(list_path)}: {_NOTHING_ACTIVE}")
        yield _matcher(live, list_path, policy, harmless)


def tell_doubts(path: str, hash_list: HashList, terminal: Terminal) -> None:
    """Complain of a list that has expired, or matches nothing."""
    # An old list still finds what it holds; refusing it would let all of that through.
    if hash_list.expires is not None and time() >= hash_list.expires:
        terminal.complain(
            f"{shown(path)}: has expired and is used all the same; ask its origin for a newer one"
        )
    if not len(hash_list.active_rows):
        terminal.complain(f"{shown(path)}: {_NOTHING_ACTIVE}")


def status_of(verdict: Verdict) -> Status:
    """What a verdict makes the process exit with."""
    from hashguard.verdict import Outcome

    return {
        Outcome.MATCH: Status.MATCH,
        Outcome.UNDECIDED: Status.UNDECIDED,
        Outcome.NO_MATCH: Status.FINE,
    }[verdict.outcome]


def sureness(match: Match, policy: MatchPolicy) -> str | None:
    """The grade of a match in one word; None under a fixed radius, which says what counts."""
    return match.grade.value if match.grade is not None and policy.budget is not None else None


def _matcher(
    source: HashList | LiveIndex, path: str, policy: PolicyName, negative: HashList | None
) -> Matcher:
    from hashguard.matcher import Matcher
    from hashguard.policies import PRESETS

    preset = PRESETS[policy.value]
    try:
        return Matcher(source, policy=preset, negative=negative)
    except RecallError as error:
        raise CliError(
            f"{shown(path)}: does not reach the {preset.max_distance} bits of {preset.name}; make "
            f"another with --policy {preset.name}, by hashguard index build or hashguard sync"
        ) from error
    except AlgorithmMismatchError as error:
        raise CliError(str(error)) from error
