"""`hashguard bank publish`: what is active in a bank, signed, for everybody who follows it."""

from __future__ import annotations

from time import time
from typing import TYPE_CHECKING, Annotated

import typer

from hashguard.cli.bank_folders import BankArgument
from hashguard.cli.bank_folders import opened as opened_bank
from hashguard.cli.publish_folders import (
    BankOption,
    KeysOption,
    PassphraseOption,
    PublicArgument,
    opened,
    tell_published,
    telling,
)
from hashguard.cli.terminal import Terminal

if TYPE_CHECKING:
    from hashguard.lists import HashList

EPILOG = """Example:

  hashguard bank publish bank/ public/ --keys keys/online

Run it every minute, or after each change: if nothing changed, it only says
that the list is still the newest. The folder is made by hashguard publish
init. Once this command ends, no published file holds a withdrawn hash."""


def publish_command(
    bank_path: BankArgument,
    public: PublicArgument,
    *,
    keys: KeysOption,
    name: BankOption = "",
    origin: Annotated[
        str, typer.Option(metavar="NAME", help="Who publishes; default the name of the bank.")
    ] = "",
    passphrase_file: PassphraseOption = "",
) -> int:
    """Publish what is active in a bank.

    Followers hear of additions and withdrawals the next time they ask.
    """
    repository = opened(public, keys, passphrase_file=passphrase_file, bank=name)
    with opened_bank(bank_path, words=[public]) as bank, telling(public):

        def active(version: int) -> HashList:
            who = origin or repository.bank
            return bank.active_list(version=version, expires=None, origin=who)

        done = repository.publish(active, now=int(time()))
    tell_published(public, done, Terminal())
    return 0
