"""`hashguard publish list`: the newest version of a list, signed, for everybody who follows it."""

from __future__ import annotations

import time

from hashguard.cli.list_files import ListArgument, entries_text, load_list
from hashguard.cli.matching import tell_doubts
from hashguard.cli.publish_folders import (
    BankOption,
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
    name, until = shown(public), until_text(done.fresh_until)
    if done.unchanged:
        terminal.line(f"{name}: version {done.version} is published already; {until}")
        return 0
    how = "with the full list" if done.full else "as a change to the one before"
    terminal.line(
        f"{name}: version {done.version}, {entries_text(done.entries)}: {done.added} added, "
        f"{done.removed} gone; {how}; {until}"
    )
    return 0
