"""Metadata altered in every byte and cut at every length: `python -m tests.sync.altered FOLDER`.

A follower has a list; then a newer one is published, and one of the files that lead there comes
altered. Each time it is refused, and the old list is what is matched. All of it takes minutes.
"""

from __future__ import annotations

import sys
from pathlib import Path

from hashguard.errors import VerificationError
from hashguard.publishing import Keys, Repository
from hashguard.sync import FolderSource
from tests.publishing.samples import BANK, Publisher
from tests.sync.samples import following, numbers_in, synced, version_in

FILES = ("root", "timestamp", "snapshot", "targets", BANK)
_HOSTILE = (b"", b"null", b"[" * 16_000, b'{"signatures":[],"signed":{"_type":"root"}}')


class Altered:
    """A source that gives other data in place of the files whose names end so."""

    def __init__(self, folder: Path, end: str) -> None:
        self.source = FolderSource(folder)
        self.end, self.data = end, b""

    def read(self, name: str, limit: int) -> bytes:
        return self.data if name.endswith(self.end) else self.source.read(name, limit)

    def close(self) -> None:
        pass


def altered_files(folder: Path, name: str, *, most: int | None = None) -> int:
    """How many alterations of one kind of metadata were refused. most: places; default all."""
    publisher, into = Publisher(folder / "public"), folder / "live"
    publisher.publish(range(5), 7)
    synced(publisher, into)
    keys = publisher.keys | {"root": publisher.keys["root"][:2]}  # no signature to spare
    held = Keys.of(key for some in keys.values() for key in some)
    Repository.open(publisher.folder, keys=held).renew(now=publisher.now)
    publisher.publish([1, 2, 9], 8)
    found = (publisher.folder / "metadata").glob(f"*{name}.json")
    path = max(found, key=lambda one: (one.stat().st_mtime_ns, one.name))
    good = path.read_bytes()
    places = range(0, len(good), 1 if most is None else 1 + len(good) // most)
    cases = [good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :] for at in places]
    cases += [good[:at] for at in places]
    source = Altered(publisher.folder, path.name)
    with following(publisher, into, source=source) as subscription:
        for data in (*cases, *_HOSTILE):
            source.data = data
            try:
                subscription.update(now=publisher.now)
            except VerificationError:
                assert version_in(into) == 7
            else:
                raise AssertionError("an altered file was taken")
        assert numbers_in(into) == set(range(5))
        source.data = good
        assert subscription.update(now=publisher.now).version == 8
    return len(cases) + len(_HOSTILE)


if __name__ == "__main__":
    for one in sys.argv[2:] or FILES:
        place = Path(sys.argv[1]) / one
        place.mkdir(parents=True)
        count = altered_files(place, one)
        sys.stdout.write(f"{one}: {count} alterations, all refused\n")
        sys.stdout.flush()
