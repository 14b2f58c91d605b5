"""`hashguard exchange fetch`: a list that says what an exchange says now."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from hashguard.cli.exchange_options import (
    EnvironmentOption,
    ExchangeArgument,
    ExchangeName,
    FollowedFile,
    KeysOption,
    UrlOption,
    ncmec_client,
    ncmec_url,
    stopncii_client,
)
from hashguard.cli.list_files import entries_text, refuse_hashes
from hashguard.cli.status import UsageError
from hashguard.cli.terminal import Terminal
from hashguard.printable import shown

if TYPE_CHECKING:
    from hashguard.exchange.fetching import Fetched
    from hashguard.lists import HashList

EPILOG = """Examples:

  hashguard exchange fetch stopncii --into stopncii.hgl --keys keys
  hashguard exchange fetch stopncii --into ours.hgl --url https://example.org
  hashguard exchange fetch ncmec --into ncmec.hgl --environment ngo --member 42
  hashguard exchange fetch stopncii --into stopncii.hgl --live stopncii.live

Run it again and again, from cron or a timer. Beside the list it keeps where
to go on (LIST.state). What was withdrawn is dropped from the list at once;
after 30 days without a fetch everything is fetched anew."""


def fetch_command(
    exchange: ExchangeArgument,
    *,
    into: Annotated[
        str, typer.Option(metavar="LIST", help="The list that follows; made if it is not there.")
    ],
    keys: KeysOption = "",
    url: UrlOption = "",
    environment: EnvironmentOption = "",
    member: Annotated[
        list[int] | None,
        typer.Option(metavar="NUMBER", min=0, help="ncmec: entries of these members only."),
    ] = None,
    live: Annotated[
        str, typer.Option(metavar="FOLDER", help="Then update this live folder, too.")
    ] = "",
) -> int:
    """Fetch what changed at an exchange into a list."""
    refuse_hashes([into, live])
    is_stopncii = exchange is ExchangeName.STOPNCII
    if is_stopncii and member:
        raise UsageError("--member is for ncmec; StopNCII does not tell whose a hash is")
    file = FollowedFile(into)
    members = tuple(sorted(set(member or ())))
    with file.locked():
        fetched = (
            _stopncii(file, keys, url)
            if is_stopncii
            else _ncmec(file, keys, url, environment, members)
        )
    _tell(into, fetched)
    if live:
        from hashguard.cli.index_update import update_command

        return update_command(live, into)
    return 0


def _stopncii(file: FollowedFile, keys: str, url: str) -> Fetched:
    from hashguard.exchange.fetching import fetch_stopncii
    from hashguard.exchange.stopncii import BASE_URL

    with stopncii_client(keys, url) as client:
        before, state = file.load(_origin(url or BASE_URL))
        return fetch_stopncii(client, before, state, now=int(time.time()), save=file.save)


def _ncmec(
    file: FollowedFile, keys: str, url: str, environment: str, members: tuple[int, ...]
) -> Fetched:
    from hashguard.exchange.fetching import fetch_ncmec

    with ncmec_client(keys, url, environment) as client:
        before, state = file.load(_origin(url or ncmec_url(environment)))
        return fetch_ncmec(
            client, before, state, members=members, now=int(time.time()), save=file.save
        )


def _origin(url: str) -> str:
    """Whose list it is: the address without its scheme."""
    return url.partition("://")[2].rstrip("/")


def _tell(into: str, fetched: Fetched) -> None:
    left = {
        "with a hash that is none": fetched.quarantined,
        "of other kinds or members": fetched.other,
    }
    told = [f"{count} {what}" for what, count in left.items() if count]
    after: HashList = fetched.hash_list
    terminal = Terminal()
    terminal.line(
        f"{shown(into)}: version {after.version}, {entries_text(len(after))}, "
        f"{len(after.active_rows)} to match; {fetched.read} read"
        + (" of everything" if fetched.everything else "")
        + (f"; left out: {', '.join(told)}" if told else "")
    )
    if fetched.odd:
        terminal.complain(
            f"{shown(into)}: {entries_text(fetched.odd)} came with parts that could not be read; "
            "these parts were left out; is there a newer hashguard?"
        )
    if not len(after.active_rows):
        terminal.complain(f"{shown(into)}: no entry to match: every upload would pass")
