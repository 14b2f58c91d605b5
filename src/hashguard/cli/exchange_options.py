"""What the exchange commands share: which exchange, its address, its keys; and a followed list."""

from __future__ import annotations

import enum
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from hashguard.cli.list_files import load_list, save_list
from hashguard.cli.status import CliError, UsageError
from hashguard.errors import CredentialsError, ExchangeError, IndexFileError
from hashguard.printable import shown

if TYPE_CHECKING:
    from hashguard.exchange.credentials import Secret
    from hashguard.exchange.following import State
    from hashguard.exchange.ncmec import Ncmec
    from hashguard.exchange.stopncii import StopNcii
    from hashguard.lists import HashList


class ExchangeName(enum.Enum):
    """Whom to ask."""

    STOPNCII = "stopncii"
    NCMEC = "ncmec"


ExchangeArgument: TypeAlias = Annotated[
    ExchangeName, typer.Argument(metavar="EXCHANGE", help="stopncii or ncmec.")
]
KeysOption: TypeAlias = Annotated[
    str,
    typer.Option(
        metavar="FILE", help="NAME=value lines, private; by default from the environment."
    ),
]
UrlOption: TypeAlias = Annotated[
    str, typer.Option(metavar="URL", help="Ask there instead, such as a bank's hashguard serve.")
]
EnvironmentOption: TypeAlias = Annotated[
    str,
    typer.Option(metavar="NAME", help="ncmec: which of its databases, such as ngo or test-ngo."),
]


def stopncii_client(keys: str, url: str) -> StopNcii:
    """A client with its keys. Raises CliError or UsageError."""
    from hashguard.exchange.credentials import StopNciiKeys
    from hashguard.exchange.stopncii import BASE_URL, StopNcii

    with _telling_keys(keys):
        given = StopNciiKeys.of(_given(keys))
    try:
        return StopNcii(given, base_url=url or BASE_URL)
    except ValueError as error:
        raise UsageError(f"--url: {error}") from error


def ncmec_client(keys: str, url: str, environment: str) -> Ncmec:
    """A client with its login. Raises CliError or UsageError."""
    from hashguard.exchange.credentials import NcmecLogin
    from hashguard.exchange.ncmec import Ncmec

    with _telling_keys(keys):
        given = NcmecLogin.of(_given(keys))
    try:
        return Ncmec(given, base_url=url or ncmec_url(environment))
    except ValueError as error:
        raise UsageError(f"--url: {error}") from error


def ncmec_url(environment: str) -> str:
    """The address of an environment. Raises UsageError, which lists them."""
    from hashguard.exchange.ncmec import Environment

    names = {one.name.lower().replace("_", "-"): one.value for one in Environment}
    if environment not in names:
        raise UsageError(f"--environment: one of {', '.join(names)}")
    return names[environment]


def _given(keys: str) -> dict[str, Secret]:
    from hashguard.exchange.credentials import from_environment, from_file

    return from_file(keys) if keys else from_environment(os.environ)


@contextmanager
def _telling_keys(keys: str) -> Iterator[None]:
    try:
        yield
    except CredentialsError as error:
        raise CliError(f"{shown(keys)}: {error}" if keys else str(error)) from error
    except OSError as error:
        raise CliError(f"{shown(keys)}: {error.strerror or 'it cannot be read'}") from error


class FollowedFile:
    """A list that follows an exchange, and beside it where to go on: LIST.state."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._state = Path(f"{path}.state")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Nobody else follows with this list meanwhile. Raises CliError."""
        from hashguard.live.locks import try_lock

        try:
            with try_lock(Path(f"{self._path}.lock")) as taken:
                if not taken:
                    raise CliError(f"{shown(self._path)}: another process is fetching into it")
                yield
        except IndexFileError as error:
            raise CliError(f"{shown(self._path)}: {error}") from error

    def load(self, origin: str) -> tuple[HashList, State | None]:
        """The list and its state; an empty list and None where there is nothing yet.

        Raises CliError, also for a list of another origin: it is not the exchange's.
        """
        from hashguard.exchange.following import new_list

        if not Path(self._path).exists():
            # A state without its list would leave out what it says was fetched.
            return new_list(origin), None
        before = load_list(self._path)
        if before.origin != origin:
            raise CliError(
                f"{shown(self._path)}: is a list of {shown(before.origin) or 'no stated origin'}, "
                f"not one that follows {shown(origin)}; name another list"
            )
        return before, self._read_state(origin)

    def save(self, hash_list: HashList, state: State) -> None:
        """The list first: a fetch that is done again does no harm. Raises CliError."""
        from hashguard.files import replace_file

        save_list(hash_list, self._path)
        try:
            replace_file(self._state, state.dumps())
        except OSError as error:
            reason = error.strerror or "it cannot be written"
            raise CliError(f"cannot write {shown(str(self._state))}: {reason}") from error

    def _read_state(self, origin: str) -> State | None:
        from hashguard.exchange.following import MAX_STATE_BYTES, State

        name = shown(str(self._state))
        try:
            with self._state.open("rb") as file:
                state = State.loads(file.read(MAX_STATE_BYTES))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise CliError(f"{name}: {error.strerror or 'it cannot be read'}") from error
        except ExchangeError as error:
            raise CliError(f"{name}: {error}") from error
        return state if state.origin == origin else None
