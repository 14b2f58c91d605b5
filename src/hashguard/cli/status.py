"""Exit statuses, and the errors that end a command with one of them."""

from __future__ import annotations

import enum


class Status(enum.IntEnum):
    """What a process of ours exits with; the same for every command."""

    FINE = 0  # or: no match
    MATCH = 1
    USAGE = 2
    UNDECIDED = 3
    ERROR = 4
    INTERRUPTED = 130  # 128 + SIGINT, as shells do
    BROKEN_PIPE = 141  # 128 + SIGPIPE, likewise


class CliError(Exception):
    """A command cannot go on; its message is the one line that says what to do."""

    status = Status.ERROR


class UsageError(CliError):
    """The command was called in a way it does not understand."""

    status = Status.USAGE


class OutputError(CliError):
    """Standard output does not take what we write."""

    @classmethod
    def of(cls, error: OSError) -> OutputError:
        """The same failure, told."""
        return cls(f"cannot write to standard output: {error.strerror}")
