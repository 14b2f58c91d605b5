"""The signed metadata of a repository: read, changed and signed in memory. The door to TUF.

No files and no clock: bytes and `now` (unix seconds) come in, names and bytes to write come
out, in the order in which they have to be written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Self, TypeAlias, TypeVar

from hashguard.errors import MissingExtraError, RepositoryError
from hashguard.publishing.keys import Holding, Key, Keys

try:
    from securesystemslib.signer import CryptoSigner
    from tuf.api import exceptions
    from tuf.api.metadata import (
        DelegatedRole,
        Delegations,
        Metadata,
        MetaFile,
        Role,
        Root,
        Snapshot,
        TargetFile,
        Targets,
        Timestamp,
    )
except ImportError as _error:
    raise MissingExtraError(
        "signed lists need the extra: pip install 'hashguard[sync]'"
    ) from _error

_DAY = timedelta(days=1)
LIVES = {
    "root": 365 * _DAY,
    "targets": 365 * _DAY,
    "bank": 30 * _DAY,
    "snapshot": 7 * _DAY,
    "timestamp": _DAY,
}
"""How long a signature is good for. That of the timestamp bounds how long an old list can be
passed off as the newest one; it is renewed by `refresh`, the others with half of it left."""

TOP = ("root", "targets", "snapshot", "timestamp")
_MAX_ROOTS = 250  # clients of TUF follow 256 rotations

Writes: TypeAlias = list[tuple[str, bytes]]
"""File names and contents, in the order in which they are to be written."""

_T = TypeVar("_T", Root, Targets, Snapshot, Timestamp)


class Roles:
    """All current metadata of a repository. Raises RepositoryError if it cannot be used."""

    def __init__(
        self,
        root: Metadata[Root],
        targets: Metadata[Targets],
        snapshot: Metadata[Snapshot],
        timestamp: Metadata[Timestamp],
        banks: dict[str, Metadata[Targets]],
    ) -> None:
        """For `new` and `read`."""
        self._root = root
        self._targets = targets
        self._snapshot = snapshot
        self._timestamp = timestamp
        self._banks = banks

    @classmethod
    def new(
        cls, keys: Mapping[str, Iterable[Key]], *, threshold: int, now: int
    ) -> tuple[Self, Writes]:
        """A repository without banks. keys: of each of TOP. threshold: of the keys of root."""
        root = Root(consistent_snapshot=True)
        for role in TOP:
            for key in keys[role]:
                root.add_key(_signer(key).public_key, role)
        root.roles["root"].threshold = threshold
        roles = cls(
            Metadata(root),
            Metadata(Targets(delegations=Delegations({}, {}))),
            Metadata(Snapshot()),
            Metadata(Timestamp()),
            {},
        )
        for one in (root, roles._targets.signed, roles._snapshot.signed, roles._timestamp.signed):
            one.version = 0
        held = Keys.of(key for some in keys.values() for key in some)
        writes = [roles._sign_root(held, now, before=None)]
        return roles, [*writes, roles._sign_targets(held, now), *roles._sign_online(held, now)]

    @classmethod
    def read(cls, read: Callable[[str], bytes | None]) -> Self:
        """What is published now. read: the bytes of a metadata file, None if it is not there.

        Files that the timestamp does not lead to are left alone: they are of a publication
        that did not come to its end.
        """
        try:
            root = _newest_root(read)
            timestamp = _load(Timestamp, read("timestamp.json"))
            root.signed.verify_delegate("timestamp", timestamp.signed_bytes, timestamp.signatures)
            about = timestamp.signed.snapshot_meta
            snapshot = _checked(Snapshot, "snapshot", read, about, root.signed)
            meta = snapshot.signed.meta
            targets = _checked(Targets, "targets", read, meta["targets.json"], root.signed)
            names = targets.signed.delegations.roles if targets.signed.delegations else {}
            banks = {
                name: _checked(Targets, name, read, meta[f"{name}.json"], targets.signed)
                for name in names or {}
            }
        except (exceptions.RepositoryError, KeyError, ValueError) as error:
            raise RepositoryError(
                "the published metadata does not fit together; restore the folder"
            ) from error
        return cls(root, targets, snapshot, timestamp, banks)

    @property
    def banks(self) -> tuple[str, ...]:
        """The names of the banks."""
        return tuple(self._banks)

    @property
    def fresh_until(self) -> int:
        """Unix seconds at which the timestamp expires."""
        return int(self._timestamp.signed.expires.timestamp())

    def names(self) -> set[str]:
        """The metadata files in use, and those just before them, which a client may be reading."""
        kept = {"timestamp.json"}
        kept |= {f"{version}.root.json" for version in range(1, self._root.signed.version + 1)}
        parts: dict[str, int] = {
            "snapshot": self._snapshot.signed.version,
            "targets": self._targets.signed.version,
            **{name: bank.signed.version for name, bank in self._banks.items()},
        }
        for name, version in parts.items():
            kept |= {f"{version}.{name}.json", f"{version - 1}.{name}.json"}
        return kept

    def files(self, bank: str) -> dict[str, str]:
        """The targets of a bank: path, and the SHA-256 digest of its content."""
        return {
            path: target.hashes["sha256"]
            for path, target in self._bank(bank).signed.targets.items()
        }

    def holdings(self, keys: Keys) -> list[Holding]:
        """Every key of every role, those of the root first."""
        return [
            self._holding(name, role, key, keys)
            for name, role in self._all_roles().items()
            for key in role.keyids
        ]

    def publish(
        self, bank: str, keep: Iterable[str], new: Mapping[str, bytes], *, keys: Keys, now: int
    ) -> Writes:
        """Give a bank these targets: those of `keep` as they are, and new ones."""
        signed = self._bank(bank).signed
        signed.targets = {path: signed.targets[path] for path in keep}
        for path, data in new.items():
            signed.targets[path] = TargetFile.from_data(path, data, ["sha256"])
        return [self._sign_bank(bank, keys, now), *self._sign_online(keys, now)]

    def refresh(self, *, keys: Keys, now: int) -> Writes:
        """A new timestamp, and what else has less than half of its time left."""
        writes = [
            self._sign_bank(name, keys, now)
            for name, bank in self._banks.items()
            if _is_ageing(bank.signed, "bank", now)
        ]
        if writes or _is_ageing(self._snapshot.signed, "snapshot", now):
            return [*writes, *self._sign_online(keys, now)]
        return [self._sign_timestamp(keys, now)]

    def add_bank(self, bank: str, key: Key, *, keys: Keys, now: int) -> Writes:
        """Another bank, which alone may sign what is under its name."""
        delegations = self._delegations()
        if bank in self._banks:
            raise RepositoryError(f"the bank {bank} is there already")
        public = _signer(key).public_key
        role = DelegatedRole(
            bank, [public.keyid], threshold=1, terminating=True, paths=[f"{bank}/*"]
        )
        delegations.roles = {**(delegations.roles or {}), bank: role}
        delegations.keys[public.keyid] = public
        self._banks[bank] = Metadata(Targets())
        self._banks[bank].signed.version = 0
        held = keys.including(key)
        return [
            self._sign_targets(held, now),
            self._sign_bank(bank, held, now),
            *self._sign_online(held, now),
        ]

    def rotate(self, role: str, key: Key, *, keys: Keys, now: int, old: str) -> Writes:
        """Put a new key in the place of one of a role. old: the public half of that one.

        What followers may read before and after the new root is signed by both keys, so the
        root, which comes last, is the moment at which the old key is worth nothing.
        """
        held = keys.including(key)
        public = _signer(key).public_key
        if role in self._banks:
            signed = self._targets.signed
            signed.revoke_key(self._keyid(role, old), role)
            signed.add_key(public, role)
            return [
                self._sign_targets(held, now),
                self._sign_bank(role, held, now),
                *self._sign_online(held, now),
            ]
        before = deepcopy(self._root.signed)
        self._root.signed.revoke_key(self._keyid(role, old), role)
        self._root.signed.add_key(public, role)
        writes: Writes = []
        if role == "targets":
            writes = [self._sign_targets(held, now, before), *self._sign_online(held, now)]
        elif role == "snapshot":
            writes = self._sign_online(held, now, before)
        elif role == "timestamp":
            writes = [self._sign_timestamp(held, now, before)]
        return [*writes, self._sign_root(held, now, before=before)]

    def renew(self, *, keys: Keys, now: int) -> Writes:
        """Sign the root and the delegations for another year, with the keys they have."""
        before = deepcopy(self._root.signed)
        return [
            self._sign_targets(keys, now),
            *self._sign_online(keys, now),
            self._sign_root(keys, now, before=before),
        ]

    def _bank(self, name: str) -> Metadata[Targets]:
        if name not in self._banks:
            known = ", ".join(self._banks) or "none"
            raise RepositoryError(f"there is no bank {name}; there are: {known}")
        return self._banks[name]

    def _delegations(self) -> Delegations:
        found = self._targets.signed.delegations
        if found is None:
            raise RepositoryError("the published metadata cannot delegate; restore the folder")
        return found

    def _all_roles(self) -> dict[str, Role]:
        delegated = self._delegations().roles or {}
        return {**{name: self._root.signed.roles[name] for name in TOP}, **delegated}

    def _holding(self, name: str, role: Role, keyid: str, keys: Keys) -> Holding:
        top: list[Root | Targets | Snapshot | Timestamp] = [
            *(self._root.signed, self._targets.signed),
            *(self._snapshot.signed, self._timestamp.signed),
        ]
        signed = dict(zip(TOP, top, strict=True)).get(name) or self._banks[name].signed
        public = _public(self._key_of(keyid))
        key = keys.by_public.get(public)
        expires = int(signed.expires.timestamp())
        return Holding(name, public, key.name if key else None, role.threshold, expires)

    def _key_of(self, keyid: str) -> object:
        return self._root.signed.keys.get(keyid) or self._delegations().keys[keyid]

    def _keyid(self, role: str, public: str) -> str:
        for keyid in self._all_roles()[role].keyids:
            if _public(self._key_of(keyid)) == public:
                return keyid
        raise RepositoryError(f"that is no key of {role}")

    def _sign_root(self, keys: Keys, now: int, *, before: Root | None) -> tuple[str, bytes]:
        """before: the root that clients trust by now; it has to agree."""
        if self._root.signed.version >= _MAX_ROOTS:
            raise RepositoryError("the root was changed too often for followers to keep up")
        signed = self._root.signed
        data = _signed(self._root, "root", [signed, *([before] if before else [])], keys, now)
        return f"{signed.version}.root.json", data

    def _sign_targets(self, keys: Keys, now: int, before: Root | None = None) -> tuple[str, bytes]:
        roots = [self._root.signed, *([before] if before else [])]
        data = _signed(self._targets, "targets", roots, keys, now)
        return self._noted("targets", self._targets, data)

    def _sign_bank(self, bank: str, keys: Keys, now: int) -> tuple[str, bytes]:
        metadata = self._bank(bank)
        data = _signed(metadata, bank, [self._targets.signed], keys, now)
        return self._noted(bank, metadata, data)

    def _noted(self, name: str, metadata: Metadata[Targets], data: bytes) -> tuple[str, bytes]:
        """Tell the snapshot of a new version of targets."""
        version = metadata.signed.version
        self._snapshot.signed.meta[f"{name}.json"] = MetaFile.from_data(version, data, ["sha256"])
        return f"{version}.{name}.json", data

    def _sign_online(self, keys: Keys, now: int, before: Root | None = None) -> Writes:
        """Snapshot and timestamp. The timestamp comes last: it makes all else valid."""
        roots = [self._root.signed, *([before] if before else [])]
        data = _signed(self._snapshot, "snapshot", roots, keys, now)
        version = self._snapshot.signed.version
        self._timestamp.signed.snapshot_meta = MetaFile.from_data(version, data, ["sha256"])
        return [(f"{version}.snapshot.json", data), self._sign_timestamp(keys, now, before)]

    def _sign_timestamp(
        self, keys: Keys, now: int, before: Root | None = None
    ) -> tuple[str, bytes]:
        roots = [self._root.signed, *([before] if before else [])]
        return "timestamp.json", _signed(self._timestamp, "timestamp", roots, keys, now)


def _signed(
    metadata: Metadata[_T], role: str, delegators: list[Root] | list[Targets], keys: Keys, now: int
) -> bytes:
    """The next version, signed with every key at hand that one of the delegators names.

    Raises RepositoryError if that is not enough for each of them.
    """
    life = LIVES.get(role, LIVES["bank"])
    metadata.signed.version += 1
    metadata.signed.expires = datetime.fromtimestamp(now, UTC) + life
    metadata.signatures.clear()
    for delegator in delegators:
        for keyid in delegator.get_delegated_role(role).keyids:
            key = keys.by_public.get(_public(delegator.get_key(keyid)))
            if key is not None:
                metadata.sign(_signer(key), append=True)
    for delegator in delegators:
        try:
            delegator.verify_delegate(role, metadata.signed_bytes, metadata.signatures)
        except exceptions.UnsignedMetadataError as error:
            raise RepositoryError(_too_few(role, delegator, keys)) from error
    return metadata.to_bytes()


def _too_few(role: str, delegator: Root | Targets, keys: Keys) -> str:
    wanted = delegator.get_delegated_role(role)
    held = sum(_public(delegator.get_key(one)) in keys.by_public for one in wanted.keyids)
    need = f"{wanted.threshold} of {len(wanted.keyids)}" if len(wanted.keyids) > 1 else "the one"
    locked = f"; locked by a passphrase: {', '.join(keys.locked)}" if keys.locked else ""
    return f"to sign for {role} takes {need} of its keys; at hand: {held}{locked}"


def _signer(key: Key) -> CryptoSigner:
    return CryptoSigner(key.private)


def _public(key: object) -> str:
    """The public half, as in `Key.public`."""
    return str(getattr(key, "keyval", {}).get("public", ""))


def _is_ageing(signed: Targets | Snapshot, role: str, now: int) -> bool:
    left = signed.expires - datetime.fromtimestamp(now, UTC)
    return left < LIVES[role] / 2


def _newest_root(read: Callable[[str], bytes | None]) -> Metadata[Root]:
    """The last of the roots, each signed by the one before it."""
    root: Metadata[Root] | None = None
    for version in range(1, _MAX_ROOTS + 1):
        data = read(f"{version}.root.json")
        if data is None:
            break
        found = _load(Root, data)
        for delegator in (root, found):
            if delegator is not None:
                delegator.signed.verify_delegate("root", found.signed_bytes, found.signatures)
        root = found
    if root is None:
        raise RepositoryError("this is no published folder: it holds no root")
    return root


def _checked(
    kind: type[_T],
    name: str,
    read: Callable[[str], bytes | None],
    about: MetaFile,
    delegator: Root | Targets,
) -> Metadata[_T]:
    data = read(f"{about.version}.{name}.json")
    about.verify_length_and_hashes(data or b"")
    metadata = _load(kind, data)
    delegator.verify_delegate(name, metadata.signed_bytes, metadata.signatures)
    return metadata


def _load(kind: type[_T], data: bytes | None) -> Metadata[_T]:
    if data is None:
        raise ValueError("a metadata file is not there")
    metadata = Metadata.from_bytes(data)
    if not isinstance(metadata.signed, kind):
        raise ValueError("a metadata file is of another role")
    return metadata
