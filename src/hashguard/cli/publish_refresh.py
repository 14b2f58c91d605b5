"""`hashguard publish refresh`: say that what is published is still the newest."""

from __future__ import annotations

import time

from hashguard.cli.publish_folders import (
    KeysOption,
    PassphraseOption,
    PublicArgument,
    opened,
    telling,
    until_text,
)
from hashguard.cli.terminal import Terminal
from hashguard.printable import shown

EPILOG = """Example:

  hashguard publish refresh public/ --keys keys/online

Run it every hour. What it signs holds for a day; followers raise the alarm
after that, for someone could be holding back what is newer."""


def refresh_command(
    public: PublicArgument,
    *,
    keys: KeysOption,
    passphrase_file: PassphraseOption = "",
) -> int:
    """Sign anew that nothing newer is published."""
    with telling(public):
        repository = opened(public, keys, passphrase_file=passphrase_file, bank="")
        until = repository.refresh(now=int(time.time()))
    Terminal().line(f"{shown(public)}: {until_text(until)}")
    return 0
