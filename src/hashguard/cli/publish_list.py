"""`hashguard publish list`: the newest version of a list, signed, for everybody who follows it."""

from __future__ import annotations

import time

from hashguard.cli.list_files import ListArgument, load_list
from hashguard.cli.matching import tell_doubts
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

EPILOG = """Example:

  hashguard list add ncii.hgl new.jsonl
  hashguard publish list public/ ncii.hgl --keys keys/online

Followers fetch what changed since the version they have. Only active entries
are published; once this command ends, no published file holds a hash that was
withdrawn or removed."""


def list_command(
    public: PublicArgument,
    list_path: ListArgument,
    *,
    keys: KeysOption,
    bank: BankOption = "",
    passphrase_file: PassphraseOption = "",
) -> int:
    """Publish a version of a list.

    It must be later than the one that is published.
    """
    terminal = Terminal()
    repository = opened(public, keys, passphrase_file=passphrase_file, bank=bank)
    hash_list = load_list(list_path)
    tell_doubts(list_path, hash_list, terminal)
    with telling(public):
        done = repository.publish(hash_list, now=int(time.time()))
    tell_published(public, done, terminal)
    return 0
