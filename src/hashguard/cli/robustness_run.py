"""`hashguard robustness run`: photographs in, what each system makes of their copies out."""

from __future__ import annotations

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
from hashguard.cli.status import UsageError
from hashguard.cli.terminal import Terminal
from hashguard.printable import shown

if TYPE_CHECKING:
    from hashguard.robustness.results import Run

EPILOG = """Examples:

  hashguard robustness run photos/ --out report/ --quick
  hashguard robustness run photos/ --distractors others/ --out report/
  hashguard robustness run photos/ --out report/ --system phash
  hashguard robustness run photos/ --out report/ --attack crop

A run that was stopped goes on where it was."""

QUICK_PHOTOS, QUICK_STRANGERS = 20, 200


def run_command(
    photos: PhotosArgument,
    *,
    out: OutOption,
    distractors: Annotated[
        str,
        typer.Option(metavar="FOLDER", help="Unrelated pictures, to count false matches with."),
    ] = "",
    quick: Annotated[
        bool,
        typer.Option(
            "--quick",
            metavar="",
            help=f"The first {QUICK_PHOTOS} photographs, {QUICK_STRANGERS} unrelated pictures, "
            "each attack at one strength.",
        ),
    ] = False,
    system: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Measure this one; may be repeated. Default: several."),
    ] = None,
    attack: AttackOption = None,
    limit: Annotated[
        int | None, typer.Option(metavar="N", help="Only the first N photographs.")
    ] = None,
    max_side: MaxSideOption = 1024,
    seed: SeedOption = 1,
    workers: WorkersOption = None,
) -> int:
    """Attack photographs and keep what each system makes of every copy.

    The pictures stay where they are; the folder of results holds their hashes and is private.
    """
    _refuse_odd(limit, max_side, workers)
    from hashguard.parallel import usable_processors
    from hashguard.robustness.run import Plan, files_of, prepare
    from hashguard.robustness.selection import choose_attacks, choose_systems, quick_attacks
    from hashguard.robustness.workers import Setup, files_to_hash, measure

    try:
        attacks = choose_attacks(attack or ())
        systems, left_out = choose_systems(system or ())
    except ValueError as error:
        raise UsageError(shown(str(error))) from error
    plan = Plan(
        photos=Path(photos),
        distractors=Path(distractors) if distractors else None,
        attacks=quick_attacks(attacks) if quick else attacks,
        systems=systems,
        left_out=left_out,
        limit=min(limit or QUICK_PHOTOS, QUICK_PHOTOS) if quick else limit,
        distractor_limit=QUICK_STRANGERS if quick else None,
        max_side=max_side,
        seed=seed,
    )
    terminal = Terminal()
    with telling(out):
        files = files_of(plan)
        with terminal.progress("looking at pictures", sum(len(one) for _, one in files)) as looked:
            run = prepare(plan, Path(out), files, advance=looked)
        _tell(run, terminal)
        with terminal.progress("hashing copies", files_to_hash(run)) as hashed:
            measure(
                Setup(Path(out), run, plan.attacks, systems),
                processes=workers or usable_processors(),
                advance=hashed,
            )
    terminal.line(f"{shown(out)}: measured; next: hashguard robustness report {shown(out)}")
    return 0


def _refuse_odd(limit: int | None, max_side: int, workers: int | None) -> None:
    for option, value, least, most in (
        ("limit", limit, 1, 10**6),
        ("max-side", max_side, 64, 4096),
        ("workers", workers, 1, 1024),
    ):
        if value is not None and not least <= value <= most:
            raise UsageError(f"--{option}: must be {least} to {most}, not {value}")


def _tell(run: Run, terminal: Terminal) -> None:
    """What is measured, and loudly what is not."""
    from hashguard.robustness.report.answer import measured

    terminal.line(measured(run))
    for one in run.left_out:
        terminal.complain(f"{one.name} is not measured: {one.reason}")
    for refused in run.unreadable:
        terminal.complain(f"{refused.name} is not measured: {refused.reason}")
