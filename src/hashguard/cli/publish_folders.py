"""What the publish commands share: keys, passphrases, and telling what is wrong.

Errors name the published folder; they never quote what is in it or in a key.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from hashguard.cli.list_files import entries_text
from hashguard.cli.status import CliError
from hashguard.errors import BusyError, ListError, RepositoryError
from hashguard.printable import shown

if TYPE_CHECKING:
    from hashguard.cli.terminal import Terminal
    from hashguard.publishing import Keys, Repository
    from hashguard.publishing.repository import Published

PASSPHRASE = "HASHGUARD_PASSPHRASE"  # noqa: S105 - the name of a variable
_MAX_SECRET_BYTES = 4096

PublicArgument: TypeAlias = Annotated[
    str, typer.Argument(metavar="PUBLIC", help="The published folder.")
]
KeysOption: TypeAlias = Annotated[
    list[str],
    typer.Option("--keys", metavar="FOLDER", help="Where keys are; give it for each place."),
]
BankOption: TypeAlias = Annotated[
    str, typer.Option("--bank", metavar="NAME", help="Which bank; default the only one.")
]
PassphraseOption: TypeAlias = Annotated[
    str,
    typer.Option(metavar="FILE", help=f"Holds the passphrase of locked keys; or set {PASSPHRASE}."),
]


@contextmanager
def telling(public: str) -> Iterator[None]:
    """Turn what is wrong with a published folder or a list into CliError, which names it."""
    try:
        yield
    except (RepositoryError, BusyError, ListError) as error:
        raise CliError(f"{shown(public)}: {error}") from error


def opened(public: str, folders: Sequence[str], *, passphrase_file: str, bank: str) -> Repository:
    """A published folder with the keys at hand. Raises CliError."""
    from hashguard.publishing import Repository

    with telling(public):
        keys = keys_in(folders, passphrase_file)
        return Repository.open(public, keys=keys, bank=bank or None)


def keys_in(folders: Sequence[str], passphrase_file: str) -> Keys:
    """The keys in some folders; the passphrase is asked for if some are locked. Raises CliError."""
    from hashguard.publishing import read_keys

    paths = [Path(folder) for folder in folders]
    passphrase = given_passphrase(passphrase_file)
    keys = read_keys(paths, passphrase=passphrase)
    if keys.locked and passphrase is None and sys.stdin is not None and sys.stdin.isatty():
        return read_keys(paths, passphrase=_asked("Passphrase of the keys: "))
    return keys


def given_passphrase(path: str) -> str | None:
    """The passphrase in a file or in the environment, None if there is none. Raises CliError."""
    if not path:
        return os.environ.get(PASSPHRASE) or None
    return secret_in(path)


def new_passphrase(path: str) -> str:
    """One for new keys; asked for twice where there is a terminal. Raises CliError."""
    found = given_passphrase(path)
    if found is not None:
        return found
    if sys.stdin is None or not sys.stdin.isatty():
        raise CliError(
            f"offline keys are locked by a passphrase: give --passphrase-file, or set {PASSPHRASE}"
        )
    first = _asked("A passphrase for the offline keys: ")
    if _asked("The same again: ") != first:
        raise CliError("the two passphrases differ; nothing was made")
    return first


def secret_in(path: str) -> str:
    """The one line in a file. Raises CliError, which names the file."""
    try:
        with Path(path).open("rb") as file:
            raw = file.read(_MAX_SECRET_BYTES + 1)
        text = raw.decode("utf-8").removesuffix("\n").removesuffix("\r")
    except OSError as error:
        raise CliError(f"{shown(path)}: {error.strerror or 'it cannot be read'}") from error
    except UnicodeDecodeError as error:
        raise CliError(f"{shown(path)}: not UTF-8") from error
    if not text or "\n" in text or len(raw) > _MAX_SECRET_BYTES:
        raise CliError(f"{shown(path)}: must hold one line, with the secret and nothing else")
    return text


def until_text(seconds: int) -> str:
    """`good until 2026-01-31T09:00:00Z`."""
    from hashguard.lists.entry import time_text

    return f"good until {time_text(seconds)}"


def tell_published(public: str, done: Published, terminal: Terminal) -> None:
    """Which version is published now, and what is new in it."""
    name, until = shown(public), until_text(done.fresh_until)
    if done.unchanged:
        terminal.line(f"{name}: version {done.version} is published already; {until}")
        return
    how = "with the full list" if done.full else "as a change to the one before"
    terminal.line(
        f"{name}: version {done.version}, {entries_text(done.entries)}: {done.added} added, "
        f"{done.removed} gone; {how}; {until}"
    )


def _asked(prompt: str) -> str:
    from getpass import getpass

    return getpass(prompt)
