"""Small lists that the tests of the list room share."""

from hashguard.hashes import Algorithm, Hash
from hashguard.lists import Entry, HashList, Status


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
