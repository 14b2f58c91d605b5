"""The command line: one file per command, one line per error, five exit statuses.

Results go to standard output and nothing else does; warnings, errors and progress go to
standard error. No input leads to a traceback. docs/cli.md is the reference.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from hashguard.cli.status import CliError, OutputError, Status
from hashguard.cli.terminal import complain
from hashguard.errors import HashguardError

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status. arguments: default those of the process."""
    try:
        return _run(sys.argv[1:] if arguments is None else list(arguments))
    except (KeyboardInterrupt, Exception) as error:
        # The last resort of the process: a traceback would quote names and values of its user.
        return ending(error)


def ending(error: BaseException) -> Status:
    """Say in one line what ended a command, unless its user did; and the status that tells."""
    match error:
        case KeyboardInterrupt():
            return Status.INTERRUPTED
        case BrokenPipeError():
            _abandon_output()
            return Status.BROKEN_PIPE
        case OutputError():
            _abandon_output()
            complain(str(error))
        case CliError():
            complain(str(error))
            return error.status
        case HashguardError():
            complain(str(error))
        case OSError():
            complain(error.strerror or "the operating system refused")
        case MemoryError():
            complain("not enough memory for this; give it fewer or smaller files at a time")
        case _:
            complain(
                f"a bug in hashguard ({type(error).__name__} at {_place(error)}); "
                "please report this line and the command you ran"
            )
    return Status.ERROR


def _run(arguments: list[str]) -> int:
    _prepare_streams()
    from hashguard.cli.app import run

    status = run(arguments or ["--help"])
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError.of(error) from error
    return status


def _prepare_streams() -> None:
    if sys.stdout is None:
        raise CliError("standard output is closed; give it somewhere to write to")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            if stream.isatty():
                stream.reconfigure(errors="backslashreplace")
            else:
                # What one command prints the next one reads, whatever the locale.
                stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _abandon_output() -> None:
    """Point standard output at nothing, so that the interpreter's last flush stays quiet."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, sys.stdout.fileno())
        os.close(nothing)


def _place(error: BaseException) -> str:
    """File and line of the innermost frame, without any path."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "an unknown line"
