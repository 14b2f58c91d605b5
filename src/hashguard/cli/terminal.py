"""What people and pipes get to see: results, complaints, and a bar while it takes long.

Results on standard output, all else on standard error. Colours and the bar are for
terminals only, and Rich is not imported without one.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from time import monotonic
from typing import TYPE_CHECKING, Protocol, TypeAlias

from hashguard.cli.status import OutputError
from hashguard.printable import shown

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

PATIENCE = 0.5  # seconds; work that is shorter shows no bar

Part: TypeAlias = str | tuple[str, str]
"""A text, or a text and its Rich style."""


class Advance(Protocol):
    """Tells a bar that steps were done."""

    def __call__(self, steps: int = 1, /) -> None:
        """steps: how many."""
        ...


def complain(text: str) -> None:
    """One line on standard error."""
    # Nobody reads a closed or broken standard error; the exit status still tells.
    with contextlib.suppress(OSError, ValueError, AttributeError):
        sys.stderr.write(_complaint(text) + "\n")
        sys.stderr.flush()


class Terminal:
    """Standard output and standard error of one command. Used by one thread only."""

    def __init__(self) -> None:
        self._progress: Progress | None = None
        self._console: Console | None = None
        self._colours = sys.stdout.isatty()

    def line(self, *parts: Part, flush: bool = True) -> None:
        """One line of results. Raises BrokenPipeError, or OutputError for a full disk."""
        try:
            if self._colours and (self._progress or any(isinstance(p, tuple) for p in parts)):
                self._print_styled(parts)
            else:
                texts = [part if isinstance(part, str) else part[0] for part in parts]
                sys.stdout.write("".join(texts) + "\n")
            if flush:
                sys.stdout.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OutputError.of(error) from error

    def complain(self, text: str) -> None:
        """One line on standard error, above the bar if there is one."""
        if self._progress is None:
            complain(text)
            return
        from rich.text import Text

        self._progress.console.print(Text(_complaint(text)), soft_wrap=True)

    @contextlib.contextmanager
    def progress(self, label: str, total: int) -> Iterator[Advance]:
        """A function to call after each of `total` steps, or with how many were done.

        The bar appears only if standard error is a terminal, and once there was time for it.
        """
        if total < 2 or sys.stderr is None or not sys.stderr.isatty():
            yield _nothing
            return
        started, done = monotonic(), 0

        def advance(steps: int = 1, /) -> None:
            nonlocal done
            done += steps
            if self._progress is None and monotonic() - started > PATIENCE and done < total:
                self._progress = _bar(label, total)
                self._progress.start()
            if self._progress is not None:
                self._progress.update(self._progress.task_ids[0], completed=done)

        try:
            yield advance
        finally:
            if self._progress is not None:
                self._progress.stop()
                self._progress = None

    def _print_styled(self, parts: tuple[Part, ...]) -> None:
        from rich.text import Text

        if self._progress is not None:
            # Both streams are the terminal; through the bar's console, lines stay above it.
            console = self._progress.console
        else:
            console = self._console = self._console or _plain_console()
        console.print(Text.assemble(*parts), soft_wrap=True)


def _plain_console() -> Console:
    from rich.console import Console

    return Console(file=sys.stdout, highlight=False)


def _bar(label: str, total: int) -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    progress = Progress(
        "{task.description}",
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(file=sys.stderr, highlight=False),
        transient=True,
        # Rich would send standard output to standard error, where no pipe finds it.
        redirect_stdout=False,
        redirect_stderr=False,
    )
    progress.add_task(label, total=total)
    return progress


def _complaint(text: str) -> str:
    return "hashguard: " + " ".join(shown(line.strip()) for line in text.splitlines())


def _nothing(_steps: int = 1, /) -> None:
    """Advance nothing."""
