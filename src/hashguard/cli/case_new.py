"""`hashguard case new`: pictures in, a case file and a withdrawal code out."""

from __future__ import annotations

import contextlib
import enum
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hashguard.cli.case_files import pictures_text
from hashguard.cli.hash import MAX_WORKERS, tell_skipped
from hashguard.cli.inputs import STDIN, sources
from hashguard.cli.status import CliError, Status, UsageError
from hashguard.cli.terminal import Terminal
from hashguard.parallel import in_order, usable_processors
from hashguard.printable import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hashguard.case_file import CaseFile, Picture, PictureKind
    from hashguard.sources import Source

EPILOG = """Examples:

  hashguard case new holiday.jpg beach/
  hashguard case new forged.png --kind computer-made -o codes.json

The pictures stay where they are, and nothing is sent. The file holds codes of
them and nothing else. Write the withdrawal code down: it is shown once.

Exit status: 0, or 4 if something that you named is not in the file."""

_AFTERWORDS = """
Write both down now, and keep them where only you will find them. The withdrawal
code is not in the file and is not shown again. With it you can take your pictures
off a list again; nobody can find it out for you.

What the file holds cannot be opened like a picture, but rough guesses of a picture
are sometimes possible from it: give it to the service that you chose, and to nobody
else. You did nothing wrong."""


class KindName(enum.Enum):
    """The kinds of pictures by name; the library that knows them is slow to import."""

    PHOTO = "photo"
    SCREENSHOT = "screenshot"
    COMPUTER_MADE = "computer-made"


def new_command(
    pictures: Annotated[
        list[str],
        typer.Argument(metavar="PICTURE", help="Files, folders, or - for standard input."),
    ],
    *,
    output: Annotated[
        str,
        typer.Option("--output", "-o", metavar="FILE", help="Instead of codes-XXXX-XXXX.json."),
    ] = "",
    kind: Annotated[
        KindName | None,
        typer.Option(
            metavar="KIND",
            help="What they are, if you want to say: photo, screenshot or computer-made.",
        ),
    ] = None,
) -> int:
    """Make a case file of your pictures.

    It is readable by its owner only.
    """
    if output == STDIN:
        raise UsageError("a case is a private file; name one with -o, or leave -o out")
    if output:
        _refuse_to_replace(output)
    listed = sources(pictures)
    from hashguard.case_file import PictureKind

    terminal = Terminal()
    chosen = None if kind is None else PictureKind(kind.value)
    found, status = _look_at_all(listed, chosen, terminal)
    if not found:
        raise CliError("no picture gave a code, so no file was written")
    _write(found, output, terminal)
    return status


def _look_at_all(
    listed: list[Source], kind: PictureKind | None, terminal: Terminal
) -> tuple[list[Picture], Status]:
    """Every picture once, in the order given; and whether one that was named is left out."""
    from hashguard.case_file import MAX_PICTURES
    from hashguard.cli.case_pictures import look_at
    from hashguard.decode import DecodeLimits

    limits = DecodeLimits()
    status, skipped, done = Status.FINE, 0, 0
    first_of: dict[bytes, str] = {}
    pictures: list[Picture] = []
    workers = min(MAX_WORKERS, usable_processors())
    with terminal.progress("hashing", len(listed)) as advance:
        for one in in_order(lambda source: look_at(source, kind, limits), listed, workers=workers):
            skipped += one.skipped
            done += not one.skipped
            advice = list(one.advice)
            if one.picture is None:
                status = status if one.skipped else Status.ERROR
            elif (packed := one.picture.hash.packed) in first_of:
                advice.append(f"has the same code as {first_of[packed]}; it is in the file once")
            elif len(pictures) == MAX_PICTURES:
                raise CliError(
                    f"a case file holds at most {MAX_PICTURES} pictures; no file was written; "
                    "make several, each of a part of them"
                )
            else:
                first_of[packed] = shown(one.name)
                pictures.append(one.picture)
            for text in advice:
                terminal.complain(f"{shown(one.name)}: {text}")
            advance()
    tell_skipped(terminal, skipped, done)
    return pictures, status


def _write(pictures: Sequence[Picture], output: str, terminal: Terminal) -> None:
    from hashguard.case_file import new_case

    case, code = new_case(pictures, choose=secrets.choice)
    target = output or case.file_name
    _refuse_to_replace(target)
    try:
        case.save(target)
    except OSError as error:
        reason = error.strerror or "it cannot be written"
        raise CliError(f"cannot write {shown(target)}: {reason}") from error
    try:
        _tell(case, code, target, terminal)
    except BaseException:
        # A case whose code nobody has seen could never be withdrawn.
        with contextlib.suppress(OSError):
            Path(target).resolve().unlink()
        raise


def _tell(case: CaseFile, code: str, target: str, terminal: Terminal) -> None:
    count = pictures_text(len(case.pictures))
    terminal.line(f"{shown(target)}: {count}, readable by its owner only")
    terminal.line()
    terminal.line(f"case number      {case.case}")
    terminal.line(f"withdrawal code  {code}")
    terminal.line(_AFTERWORDS)


def _refuse_to_replace(target: str) -> None:
    if Path(target).exists():
        # The code of the case that is there would be worth nothing any more.
        raise CliError(f"{shown(target)} is there already; name another file with -o")
