"""`hashguard serve key`: keys for a platform, shown once; or an end to them."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from hashguard.cli.status import CliError, UsageError
from hashguard.cli.terminal import Terminal
from hashguard.errors import CredentialsError
from hashguard.printable import shown

if TYPE_CHECKING:
    from hashguard.exchange.platforms import Issued

EPILOG = """Examples:

  hashguard serve key example-platform --keys platforms.json
  hashguard serve key example-platform --keys platforms.json --only fetch
  hashguard serve key example-platform --keys platforms.json --revoke

The file keeps digests of the keys, not the keys. New keys take the place of
old ones; a server that runs sees each change at once."""

KeysOption: TypeAlias = Annotated[
    str, typer.Option(metavar="FILE", help="Who may ask: platforms and digests of their keys.")
]


class EndpointName(enum.Enum):
    """What a key is for."""

    FETCH = "fetch"
    SUBMIT = "submit"
    FEEDBACK = "feedback"


def key_command(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="The platform; the bank notes it as source.")
    ],
    *,
    keys: KeysOption,
    only: Annotated[
        list[EndpointName] | None,
        typer.Option(metavar="ENDPOINT", help="fetch, submit or feedback, as often as needed."),
    ] = None,
    revoke: Annotated[
        bool, typer.Option("--revoke", metavar="", help="End the keys of this platform.")
    ] = False,
) -> int:
    """Make keys for a platform, and show them once."""
    if revoke and only:
        raise UsageError("--revoke ends all keys of a platform; --only is for new ones")
    from hashguard.exchange.platforms import Endpoint, KeyFile, Platforms

    with telling_keys(keys):
        file = KeyFile(keys)
        # Revoking has to find what it ends; the first keys make the file.
        before = file.platforms() if revoke or Path(keys).exists() else Platforms()
        if revoke:
            file.save(before.revoking(name))
            Terminal().line(f"{shown(keys)}: {shown(name)} has no keys any more")
            return 0
        wanted = frozenset(Endpoint(one.value) for one in only or EndpointName)
        after, issued = before.issuing(name, endpoints=wanted)
        file.save(after)
    _show(issued)
    return 0


@contextmanager
def telling_keys(path: str) -> Iterator[None]:
    """Turn what is wrong with a file of keys into CliError, which names it."""
    try:
        yield
    except CredentialsError as error:
        raise CliError(f"{shown(path)}: {error}") from error
    except OSError as error:
        raise CliError(f"{shown(path)}: {error.strerror or 'the system refused'}") from error


def _show(issued: Issued) -> None:
    terminal = Terminal()
    terminal.line("# Shown once. Give them to the platform over a private channel.")
    terminal.line(f"HASHGUARD_STOPNCII_SUBSCRIPTION_KEY={issued.subscription}")
    for endpoint, key in issued.endpoints.items():
        terminal.line(f"HASHGUARD_STOPNCII_{endpoint.value.upper()}_KEY={key}")
