"""`hashguard publish keys`: which key signs what, which are at hand, and until when all holds."""

from __future__ import annotations

import time

from hashguard.cli.publish_folders import (
    KeysOption,
    PassphraseOption,
    PublicArgument,
    keys_in,
    telling,
    until_text,
)
from hashguard.cli.terminal import Terminal
from hashguard.printable import shown

EPILOG = """Example:

  hashguard publish keys public/ --keys keys/online --keys stick/

A key is named by the first digits of its public half, and by its file where it
is at hand. Locked keys count as away until their passphrase is given."""

_ADVICE = {"root": "offline", "targets": "offline"}
_SHOWN_DIGITS = 12


def keys_command(
    public: PublicArgument,
    *,
    keys: KeysOption,
    passphrase_file: PassphraseOption = "",
) -> int:
    """Show the keys of a published folder, and where each belongs."""
    from hashguard.publishing import Repository

    now = int(time.time())
    with telling(public):
        found = keys_in(keys, passphrase_file)
        holdings = Repository.open(public, keys=found, bank=None).holdings()
    terminal = Terminal()
    terminal.line(
        f"{'role':<12}  {'key':<{_SHOWN_DIGITS}}  {'at hand':<16}  {'keep it':<8}  signature"
    )
    for one in holdings:
        name = shown(one.name) if one.name else "-"
        signature = "EXPIRED" if one.expires <= now else until_text(one.expires)
        place = _ADVICE.get(one.role, "online")
        public_half = one.public[:_SHOWN_DIGITS]
        terminal.line(f"{shown(one.role):<12}  {public_half}  {name:<16}  {place:<8}  {signature}")
    if found.locked:
        terminal.complain(f"locked by a passphrase: {', '.join(found.locked)}")
    return 0
