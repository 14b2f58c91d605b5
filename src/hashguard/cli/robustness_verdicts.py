"""`hashguard robustness verdicts`: what policies decide about uploads on a long list."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hashguard.cli.robustness_folders import (
    AttackOption,
    MaxSideOption,
    OutOption,
    PhotosArgument,
    SeedOption,
    WorkersOption,
    telling,
)
from hashguard.cli.robustness_run import QUICK_PHOTOS, QUICK_STRANGERS
from hashguard.cli.robustness_score import SameOption
from hashguard.cli.status import UsageError
from hashguard.cli.terminal import Terminal
from hashguard.printable import shown

if TYPE_CHECKING:
    from hashguard.robustness.verdicts.records import Asked

EPILOG = """Examples:

  hashguard robustness verdicts a/ --distractors b/ --out v/ --quick
  hashguard robustness verdicts a/ --distractors b/ --out v/ --limit 100
  hashguard robustness verdicts a/ --distractors b/ --out v/ --attack crop
  hashguard robustness verdicts a/ --distractors b/ --out v/ --policy PDQ_DEEP

A run that was stopped goes on where it was."""


def verdicts_command(
    photos: PhotosArgument,
    *,
    distractors: Annotated[
        str,
        typer.Option(
            metavar="FOLDER", help="Unrelated pictures: the rest of the list, and strangers."
        ),
    ],
    out: OutOption,
    quick: Annotated[
        bool,
        typer.Option(
            "--quick",
            metavar="",
            help=f"{QUICK_PHOTOS} photographs and {QUICK_STRANGERS} unrelated pictures are "
            "uploaded, each attack at one strength.",
        ),
    ] = False,
    policy: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="May be repeated. Default: PDQ_INLINE and PDQ_STANDARD."),
    ] = None,
    attack: AttackOption = None,
    list_size: Annotated[int, typer.Option(metavar="N", help="Hashes on the list.")] = 10**6,
    limit: Annotated[
        int | None,
        typer.Option(metavar="N", help="Upload N photographs, evenly over the folder."),
    ] = None,
    distractor_limit: Annotated[
        int | None, typer.Option(metavar="N", help="Upload N unrelated pictures, likewise.")
    ] = None,
    same: SameOption = "",
    max_side: MaxSideOption = 1024,
    seed: SeedOption = 1,
    workers: WorkersOption = None,
) -> int:
    """Ask match policies about attacked copies and strangers on a long list.

    The list holds the photographs and, up to its length, hashes made of the unrelated pictures.
    The pictures stay where they are; the folder of results holds their hashes and is private.
    """
    _refuse_odd(list_size, limit, distractor_limit, max_side, workers)
    from hashguard.parallel import usable_processors
    from hashguard.robustness.selection import choose_attacks, choose_policies, quick_attacks
    from hashguard.robustness.verdicts.plan import Plan, files_of, prepare
    from hashguard.robustness.verdicts.summary import summarise
    from hashguard.robustness.verdicts.worker import Setup, files_to_ask, measure

    try:
        attacks = choose_attacks(attack or ())
        policies = choose_policies(policy or ())
    except ValueError as error:
        raise UsageError(shown(str(error))) from error
    plan = Plan(
        photos=Path(photos),
        distractors=Path(distractors),
        attacks=quick_attacks(attacks) if quick else attacks,
        policies=policies,
        list_size=list_size,
        limit=_at_most(limit, QUICK_PHOTOS, quick),
        distractor_limit=_at_most(distractor_limit, QUICK_STRANGERS, quick),
        max_side=max_side,
        seed=seed,
    )
    terminal = Terminal()
    folder = Path(out)
    with telling(out):
        files = files_of(plan)
        with terminal.progress("looking at pictures", sum(len(one) for _, one in files)) as looked:
            asked = prepare(plan, files, now=datetime.now(UTC), advance=looked)
        _tell(asked, terminal)
        folder.mkdir(parents=True, exist_ok=True)
        with terminal.progress("checking uploads", files_to_ask(asked)) as checked:
            measure(
                Setup(folder, asked, plan.attacks, policies),
                processes=workers or usable_processors(),
                advance=checked,
            )
        summarise(folder, asked, same=Path(same) if same else None)
    terminal.line(f"{shown(out)}: measured; next: hashguard robustness report {shown(out)}")
    return 0


def _at_most(limit: int | None, most: int, quick: bool) -> int | None:
    return min(limit or most, most) if quick else limit


def _refuse_odd(
    list_size: int,
    limit: int | None,
    distractor_limit: int | None,
    max_side: int,
    workers: int | None,
) -> None:
    for option, value, least, most in (
        ("list-size", list_size, 1, 10**7),
        ("limit", limit, 1, 10**6),
        ("distractor-limit", distractor_limit, 1, 10**6),
        ("max-side", max_side, 64, 4096),
        ("workers", workers, 1, 1024),
    ):
        if value is not None and not least <= value <= most:
            raise UsageError(f"--{option}: must be {least} to {most}, not {value}")


def _tell(asked: Asked, terminal: Terminal) -> None:
    """What is asked, and loudly what is not."""
    from hashguard.robustness.report.verdict_words import measured

    terminal.line(measured(asked))
    for refused in asked.run.unreadable:
        terminal.complain(f"{refused.name} is not measured: {refused.reason}")
