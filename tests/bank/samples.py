"""Cases and banks that the tests look at. Made by number: the same ones each time."""

import random
from collections.abc import Sequence
from pathlib import Path

from hashguard.bank import Acceptance, Bank, Record, Settings
from hashguard.case_file import CaseFile, Picture, PictureKind, new_case
from hashguard.hashes import Algorithm, Hash

NOW = 1_750_000_000  # 2025-06-15T15:06:40Z
DAY = 86_400
DESK = "a helpline"


def a_hash(number: int) -> Hash:
    """A hash like that of a photograph: half its bits are ones."""
    bits = [1] * 128 + [0] * 128
    random.Random(number).shuffle(bits)
    return Hash(Algorithm.PDQ, int("".join(map(str, bits)), 2).to_bytes(32))


def flipped(hash_: Hash, bits: int) -> Hash:
    """The hash with its last so many bits turned."""
    value = int.from_bytes(hash_.packed) ^ ((1 << bits) - 1)
    return Hash(hash_.algorithm, value.to_bytes(32))


def a_case(
    number: int,
    hashes: Sequence[Hash] | None = None,
    *,
    quality: int = 90,
    kind: PictureKind | None = None,
) -> tuple[CaseFile, str]:
    """A case and its withdrawal code; without hashes, of the one picture of that number."""
    chosen = [a_hash(number)] if hashes is None else hashes
    pictures = [Picture(one, quality, kind) for one in chosen]
    return new_case(pictures, choose=random.Random(number).choice)


def settings(**changed: object) -> Settings:
    """Everything is accepted, and nothing lies in the way."""
    chosen: dict[str, object] = {
        "cases": Acceptance.AUTOMATIC,
        "submissions": Acceptance.AUTOMATIC,
        "least_quality": 50,
        "harmless_distance": 31,
        "most_per_day": 100_000,
        "tombstone_days": 30,
        "case_days": 365,
        "attempts": 5,
        "attempt_minutes": 60,
        "least_count": 5,
    }
    return Settings(**(chosen | changed))  # type: ignore[arg-type]


def a_bank(folder: Path, **changed: object) -> Path:
    """An empty bank in this folder."""
    Bank.create(folder / "bank", settings=settings(**changed), now=NOW)
    return folder / "bank"


def all_changes(bank: Bank, *, since: int = 0, limit: int = 1000) -> dict[Hash, Record]:
    """What a follower knows that reads every page; as StopNCII's key their records by the hash."""
    known: dict[Hash, Record] = {}
    after = None
    while True:
        page = bank.changes(since=since, after=after, limit=limit)
        known |= {record.hash: record for record in page.records}
        after = page.after
        if after is None:
            return known


def left_in(folder: Path, hashes: list[Hash]) -> int:
    """How many of the hashes a search of all files of the folder finds."""
    held = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    lower = held.lower()
    return sum(one.packed in held or one.hex.encode() in lower for one in hashes)
