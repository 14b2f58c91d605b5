"""`hashguard publish rotate`: a new key in the place of one that was lost, or may be known."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hashguard.cli.publish_folders import (
    KeysOption,
    PassphraseOption,
    PublicArgument,
    keys_in,
    new_passphrase,
    telling,
)
from hashguard.cli.status import CliError, UsageError
from hashguard.cli.terminal import Terminal
from hashguard.printable import shown

if TYPE_CHECKING:
    from hashguard.publishing.keys import Holding

EPILOG = """Examples:

  hashguard publish rotate public/ timestamp --keys keys/online --keys stick/
  hashguard publish rotate public/ root --old root-2 --keys stick/ --into new/

ROLE is root, targets, snapshot, timestamp or a bank. To change a key of root,
targets, snapshot or timestamp takes the root keys; that of a bank the key of
targets. The keys of what has to be signed anew are needed, too."""

_OFFLINE = {"root", "targets"}


def rotate_command(
    public: PublicArgument,
    role: Annotated[str, typer.Argument(metavar="ROLE", help="Whose key.")],
    *,
    keys: KeysOption,
    into: Annotated[
        str, typer.Option(metavar="FOLDER", help="Where to put it; default beside the old one.")
    ] = "",
    old: Annotated[
        str, typer.Option(metavar="KEY", help="Which one, where a role has several.")
    ] = "",
    passphrase_file: PassphraseOption = "",
) -> int:
    """Put a new key in the place of an old one.

    Followers learn of it by themselves; nothing has to be sent to them.
    """
    from hashguard.publishing import Repository, new_key, write_key

    with telling(public):
        found = keys_in(keys, passphrase_file)
        repository = Repository.open(public, keys=found, bank=None)
        one = _chosen(repository.holdings(), role, old)
        beside = found.places.get(one.public)
        folder = Path(into) if into else beside.parent if beside is not None else None
        if folder is None:
            raise UsageError("the old key is not at hand: say with --into where to put the new one")
        if not folder.is_dir():
            raise CliError(f"{shown(str(folder))}: there is no such folder")
        key = new_key(_free(folder, role))
        # First to the disk: a key that is lost after it was published could not be replaced.
        path = write_key(
            folder, key, passphrase=new_passphrase(passphrase_file) if role in _OFFLINE else None
        )
        try:
            repository.rotate(role, key, old=one.public, now=int(time.time()))
        except BaseException:
            # Only if it signs for nothing: else it is the one thing that must not be lost.
            if all(one.public != key.public for one in repository.holdings()):
                path.unlink(missing_ok=True)
            raise
    terminal = Terminal()
    terminal.line(f"{shown(str(path))}: signs for {shown(role)} from now on")
    if beside is not None:
        terminal.line(f"{shown(str(beside))}: worth nothing any more; destroy it, and its copies")
    return 0


def _chosen(holdings: list[Holding], role: str, old: str) -> Holding:
    """The key to replace, named by its file or by the first digits of its public half."""
    known = [one for one in holdings if one.role == role]
    if not known:
        roles = ", ".join(dict.fromkeys(one.role for one in holdings))
        raise UsageError(f"no role is called that; there are: {roles}")
    fits = [one for one in known if not old or old == one.name or one.public.startswith(old)]
    if len(fits) != 1:
        raise UsageError(
            f"{role} has {len(known)} keys, and --old names {len(fits)} of them; "
            "see hashguard publish keys"
        )
    return fits[0]


def _free(folder: Path, role: str) -> str:
    """A name that no key of the folder has."""
    number = 2
    while (folder / f"{role}-{number}.pem").exists():
        number += 1
    return f"{role}-{number}"
