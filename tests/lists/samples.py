"""Small lists that the tests of the list room share."""

from hashguard.hashes import Algorithm, Hash
from hashguard.lists import Entry, HashList, Status
from hashguard.lists.delta import Changed, Delta
from hashguard.lists.sums import sum_of


def pdq(byte: int) -> Hash:
    """A hash of 32 equal bytes."""
    return Hash(Algorithm.PDQ, bytes([byte]) * 32)


def made(count: int = 3) -> HashList:
    """Entries that use every column."""
    return HashList.from_entries(
        (
            Entry(
                f"id-{n}", pdq(n + 1), n % 101, Status.ACTIVE, "Příklad", ("a", "b c"), n * 86_400
            )
            for n in range(count)
        ),
        algorithm=Algorithm.PDQ,
        origin="Žlutý",
    )


def between(old: HashList, new: HashList) -> Delta:
    """What a publisher makes of two versions."""
    changed, before = Changed.between(old, new), sum_of(old.table)
    return Delta(
        origin=new.origin,
        base=old.version,
        base_sum=before,
        version=new.version,
        sum=changed.sum_after(before),
        count=len(new),
        added=changed.added,
        removed=changed.removed,
    )
