"""A publisher with real keys, and lists for it to publish."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from hashguard.publishing import Key, Keys, Published, Repository, new_key
from tests.live.samples import listed

BANK = "ncii"
DAY = 86_400


def made_keys(bank: str = BANK) -> dict[str, list[Key]]:
    """Three root keys and one of each other role."""
    keys = {role: [new_key(role)] for role in ("targets", "snapshot", "timestamp", bank)}
    keys["root"] = [new_key(f"root-{number}") for number in (1, 2, 3)]
    return keys


def held(keys: dict[str, list[Key]]) -> Keys:
    """All of them, at hand."""
    return Keys.of(key for some in keys.values() for key in some)


@dataclass
class Publisher:
    """A repository of its own; two of three root keys change the root.

    late: seconds by which its clock is set back, so that what it signs ends sooner.
    """

    folder: Path
    late: int = 0
    keys: dict[str, list[Key]] = field(default_factory=made_keys)
    repository: Repository = field(init=False)

    def __post_init__(self) -> None:
        self.repository = Repository.create(
            self.folder, bank=BANK, keys=self.keys, threshold=2, now=self.now
        )

    @property
    def now(self) -> int:
        return int(time.time()) - self.late

    @property
    def root(self) -> bytes:
        """What followers are given."""
        return (self.folder / "metadata" / "1.root.json").read_bytes()

    def publish(self, numbers: Iterable[int], version: int) -> Published:
        """The entries id-n of these numbers."""
        return self.repository.publish(listed(numbers, version=version), now=self.now)

    def of(self, folder: Path) -> Repository:
        """The same keys, for a copy of the folder."""
        return Repository.open(folder, keys=held(self.keys))

    def target_bytes(self) -> bytes:
        """All that is published under targets/."""
        files = sorted((self.folder / "targets").glob("*/*"))
        return b"".join(path.read_bytes() for path in files)
