"""`hashguard publish renew`: the root and the delegations, signed for another year."""

from __future__ import annotations

import time

from hashguard.cli.publish_folders import (
    KeysOption,
    PassphraseOption,
    PublicArgument,
    opened,
    telling,
)
from hashguard.cli.terminal import Terminal
from hashguard.printable import shown

EPILOG = """Example:

  hashguard publish renew public/ --keys keys/online --keys stick/

Once a year, with as many root keys as it takes. `hashguard publish keys` says
until when the present signatures hold."""


def renew_command(
    public: PublicArgument,
    *,
    keys: KeysOption,
    passphrase_file: PassphraseOption = "",
) -> int:
    """Sign the root for another year, with the keys it has."""
    with telling(public):
        repository = opened(public, keys, passphrase_file=passphrase_file, bank="")
        repository.renew(now=int(time.time()))
    Terminal().line(f"{shown(public)}: the root and the delegations hold for another year")
    return 0
