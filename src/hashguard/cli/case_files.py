"""What the case commands share: reading a case, asking for its code.

What is printed here may be read by the person whose pictures these are: plain words, no blame,
and always what to do next.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from hashguard.cli.inputs import STDIN
from hashguard.cli.status import CliError, UsageError
from hashguard.errors import MalformedCaseError
from hashguard.printable import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hashguard.case_file import CaseFile

MAX_CODE_BYTES = 256  # a code has 19 letters; a file of one may have blank lines
_A_CODE = re.compile(r"(?:[0-9A-Za-z]{4}[- ]?){3}[0-9A-Za-z]{4}", re.ASCII)

CaseArgument: TypeAlias = Annotated[str, typer.Argument(metavar="FILE", help="A case file.")]


def load_case(path: str) -> CaseFile:
    """The case in a file. Raises CliError, which names the file."""
    from hashguard.case_file import CaseFile

    try:
        return CaseFile.load(path)
    except OSError as error:
        raise CliError(f"{shown(path)}: {error.strerror or 'it cannot be read'}") from error
    except MalformedCaseError as error:
        raise CliError(f"{shown(path)}: not a case file: {error}") from error


def pictures_text(count: int) -> str:
    """`1 picture`, `2 pictures`."""
    return "1 picture" if count == 1 else f"{count} pictures"


def refuse_codes(words: Sequence[str]) -> None:
    """Raise UsageError for a withdrawal code among the arguments, where others can see it."""
    if any(_A_CODE.fullmatch(word) and not Path(word).exists() for word in words):
        raise UsageError(
            "a withdrawal code was given as an argument, where every user of this machine can "
            "see it; leave it out, and you will be asked for it"
        )


def ask_code(code_file: str) -> str:
    """The withdrawal code, from a file, from standard input (`-`), or asked for ("").

    What is typed is shown: sixteen letters are hard to type blind, and the code has done its
    work when it was used. Raises CliError or UsageError.
    """
    if code_file:
        return _code_in(code_file)
    if sys.stdin is None or not sys.stdin.isatty():
        raise UsageError(
            "there is no terminal to ask for the withdrawal code on; put it in a file and name "
            "that with --code-file, or pipe it to --code-file -"
        )
    sys.stderr.write("Withdrawal code: ")
    sys.stderr.flush()
    return sys.stdin.readline(MAX_CODE_BYTES)


def _code_in(code_file: str) -> str:
    try:
        if code_file == STDIN:
            if sys.stdin is None:
                raise OSError(0, "standard input is closed")
            data = sys.stdin.buffer.read(MAX_CODE_BYTES + 1)
        else:
            with Path(code_file).open("rb") as file:
                data = file.read(MAX_CODE_BYTES + 1)
    except OSError as error:
        raise CliError(f"{shown(code_file)}: {error.strerror or 'it cannot be read'}") from error
    if len(data) > MAX_CODE_BYTES:
        raise CliError(f"{shown(code_file)}: holds more than a withdrawal code")
    return data.decode("utf-8", "replace")
