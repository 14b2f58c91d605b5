"""`hashguard publish init`: a folder to publish from, and the keys that sign it."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path
from typing import Annotated

import typer

from hashguard.cli.publish_folders import (
    PassphraseOption,
    PublicArgument,
    new_passphrase,
    telling,
)
from hashguard.cli.status import CliError, UsageError
from hashguard.cli.terminal import Terminal
from hashguard.errors import IndexFileError
from hashguard.printable import shown

EPILOG = """Example:

  hashguard publish init public/ --keys keys/ --bank ncii

It makes keys/offline (locked by a passphrase; take it off this machine) and
keys/online (stays here). Give public/metadata/1.root.json to each platform by
a way they trust; with it they can tell your lists from anybody else's."""

_MAX_ROOT_KEYS = 9


def init_command(
    public: PublicArgument,
    *,
    keys: Annotated[str, typer.Option(metavar="FOLDER", help="Where to put the keys; a new one.")],
    bank: Annotated[str, typer.Option(metavar="NAME", help="What the bank is called.")],
    root_keys: Annotated[int, typer.Option(metavar="N", help="How many root keys to make.")] = 3,
    threshold: Annotated[
        int, typer.Option(metavar="N", help="How many of them it takes to change the root.")
    ] = 2,
    passphrase_file: PassphraseOption = "",
) -> int:
    """Make keys, and a folder in which lists are published.

    Nothing is published yet; see hashguard publish list.
    """
    from hashguard.publishing import Repository, new_key, write_key

    if not 1 <= root_keys <= _MAX_ROOT_KEYS:
        raise UsageError(f"--root-keys: must be 1 to {_MAX_ROOT_KEYS}, not {root_keys}")
    if not 1 <= threshold <= root_keys:
        raise UsageError(f"--threshold: must be 1 to {root_keys}, not {threshold}")
    for path in (public, keys):
        if os.path.lexists(path):
            raise CliError(f"{shown(path)} is there already; nothing was made")
    passphrase = new_passphrase(passphrase_file)
    offline = {
        "root": [new_key(f"root-{number}") for number in range(1, root_keys + 1)],
        "targets": [new_key("targets")],
    }
    online = {role: [new_key(role)] for role in ("snapshot", "timestamp", bank)}
    from hashguard.files import new_folder

    with telling(public):
        # Keys first: without the folder they are worth nothing, the folder without them is stuck.
        try:
            with new_folder(Path(keys).absolute()) as made:
                for name, roles, secret in (
                    ("offline", offline, passphrase),
                    ("online", online, None),
                ):
                    (made / name).mkdir(mode=0o700)
                    for key in (one for some in roles.values() for one in some):
                        write_key(made / name, key, passphrase=secret)
        except IndexFileError as error:
            raise CliError(f"{shown(keys)}: {error}") from error
        Repository.create(
            public, bank=bank, keys={**offline, **online}, threshold=threshold, now=int(time.time())
        )
    _tell(public, keys, bank, f"{threshold} of {root_keys}")
    return 0


def _tell(public: str, keys: str, bank: str, quorum: str) -> None:
    terminal = Terminal()
    root = Path(public) / "metadata" / "1.root.json"
    digest = hashlib.sha256(root.read_bytes()).hexdigest()
    terminal.line(f"{shown(public)}: for the bank {shown(bank)}; nothing is published yet")
    terminal.line(
        f"{shown(str(Path(keys) / 'offline'))}: locked by the passphrase; move it off this "
        f"machine, each root key to a place of its own ({quorum} change the root)"
    )
    terminal.line(
        f"{shown(str(Path(keys) / 'online'))}: stays here, readable by its owner only; keep a copy "
        "in a safe place"
    )
    terminal.line(f"{shown(str(root))}: give it to each platform, by a way they trust")
    terminal.line(f"its SHA-256, to read out to them: {digest}")
