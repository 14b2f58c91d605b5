"""Private keys: made, kept in files of their own, found again. The one door to `cryptography`.

A key file is PEM (PKCS #8) with mode 0600, encrypted where a passphrase is given. Which key
serves which role is said by the signed metadata, not by the name of its file.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from hashguard.errors import IndexFileError, MissingExtraError, RepositoryError
from hashguard.files import fault_of, open_plain, replace_file

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SUFFIX = ".pem"
MAX_KEY_BYTES = 4096  # a real file has under 500
MIN_PASSPHRASE = 12  # characters; whoever finds the file can try as fast as their machines allow


@dataclass(frozen=True, slots=True, eq=False)
class Key:
    """An Ed25519 key. name: of its file, without suffix. public: 64 hex digits."""

    name: str
    public: str
    private: Ed25519PrivateKey = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Keys:
    """The keys at hand, by their public halves; and the names of those that stayed locked."""

    by_public: Mapping[str, Key]
    places: Mapping[str, Path] = field(repr=False)
    locked: tuple[str, ...] = ()

    def including(self, key: Key) -> Keys:
        """These and one more."""
        return Keys({**self.by_public, key.public: key}, self.places, self.locked)

    @classmethod
    def of(cls, keys: Iterable[Key]) -> Keys:
        """Keys that lie in no file yet."""
        return cls({key.public: key for key in keys}, {})


@dataclass(frozen=True, slots=True)
class Holding:
    """A key of a role. name: of its file, None where it is not at hand. expires: of the role."""

    role: str
    public: str
    name: str | None
    threshold: int
    expires: int


def new_key(name: str) -> Key:
    """A fresh key; the system's randomness makes it."""
    try:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    except ImportError as error:
        raise _missing() from error
    return _key(name, Ed25519PrivateKey.generate())


def write_key(folder: Path, key: Key, *, passphrase: str | None) -> Path:
    """Put a key into a file of its own, durably; where it is.

    Raises RepositoryError if there is one of that name, or the passphrase is too short.
    """
    from cryptography.hazmat.primitives import serialization as form

    path = folder / (key.name + SUFFIX)
    if os.path.lexists(path):
        raise RepositoryError(f"there is a key {path.name} already; it was not overwritten")
    locking: form.KeySerializationEncryption = form.NoEncryption()
    if passphrase is not None:
        if len(passphrase) < MIN_PASSPHRASE:
            raise RepositoryError(f"a passphrase has at least {MIN_PASSPHRASE} characters")
        locking = form.BestAvailableEncryption(passphrase.encode())
    data = key.private.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, locking)
    try:
        replace_file(path, data)
    except OSError as error:
        raise RepositoryError(str(fault_of(error, "the key"))) from error
    return path


def read_keys(folders: Iterable[Path], *, passphrase: str | None) -> Keys:
    """The keys in the files *.pem of some folders, and of the folders in these.

    Without a passphrase, encrypted keys stay locked. Raises RepositoryError for a file that
    is no key, that others may read, or that the passphrase does not open.
    """
    found: dict[str, Key] = {}
    places: dict[str, Path] = {}
    locked: list[str] = []
    for folder in folders:
        if not folder.is_dir():
            raise RepositoryError("there is no such folder of keys")
        for path in sorted([*folder.glob("*" + SUFFIX), *folder.glob("*/*" + SUFFIX)]):
            key = _read(path, passphrase)
            if key is None:
                locked.append(path.stem)
            else:
                found[key.public], places[key.public] = key, path
    return Keys(found, places, tuple(locked))


def _read(path: Path, passphrase: str | None) -> Key | None:
    """The key in a file, or None if it needs a passphrase and there is none."""
    try:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key
    except ImportError as error:
        raise _missing() from error
    data = _bytes(path)
    locked = b"ENCRYPTED" in data
    if locked and passphrase is None:
        return None
    secret = passphrase.encode() if locked and passphrase is not None else None
    try:
        private = load_pem_private_key(data, password=secret)
    except Exception as error:
        # Whatever the library makes of damaged bytes; its words may quote them.
        reason = "the passphrase does not open it" if locked else "it is damaged, or no key"
        raise RepositoryError(f"the key {path.name} cannot be used: {reason}") from error
    if not isinstance(private, Ed25519PrivateKey):
        raise RepositoryError(f"the key {path.name} cannot be used: it is not an Ed25519 key")
    return _key(path.stem, private)


def _bytes(path: Path) -> bytes:
    try:
        with open_plain(path) as file:
            mode = os.fstat(file.fileno()).st_mode
            data = file.read(MAX_KEY_BYTES + 1)
    except (OSError, IndexFileError) as error:
        raise RepositoryError(f"the key {path.name} cannot be read") from error
    if os.name == "posix" and mode & 0o077:
        raise RepositoryError(
            f"the key {path.name} can be read by others than its owner; take those rights away "
            "(chmod 600), and rotate it if someone may have read it"
        )
    if len(data) > MAX_KEY_BYTES:
        raise RepositoryError(f"the key {path.name} cannot be used: it is damaged, or no key")
    return data


def _key(name: str, private: Ed25519PrivateKey) -> Key:
    return Key(name, private.public_key().public_bytes_raw().hex(), private)


def _missing() -> MissingExtraError:
    return MissingExtraError("signed lists need the extra: pip install 'hashguard[sync]'")
