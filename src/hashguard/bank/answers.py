"""What platforms answer about a hash: the latest word of each, side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hashguard.bank import audit, cases, entries
from hashguard.bank.audit import Event
from hashguard.bank.store import placeholders
from hashguard.bank.values import Feedback, Given
from hashguard.errors import BankFileError, UnknownEntryError

if TYPE_CHECKING:
    from hashguard.bank.store import Tx
    from hashguard.hashes import Hash


@dataclass(frozen=True, slots=True)
class Said:
    """What a source says of a hash."""

    source: str
    feedback: Feedback
    tags: tuple[str, ...]


def give(tx: Tx, hash_: Hash, said: Said, *, moment: int) -> bool:
    """Keep what a source says of a hash, in place of what it said before.

    Returns whether that is news. Raises UnknownEntryError for a hash that followers have never
    heard of, too: an answer must not tell what waits for review.
    """
    found = tx.one(
        "SELECT row FROM hashes WHERE algorithm = ? AND hash = ? AND published IS NOT NULL",
        *(hash_.algorithm.value, hash_.packed),
    )
    if found is None:
        raise UnknownEntryError("the bank holds no such hash")
    return keep(tx, found[0], said, moment=moment)


def keep(tx: Tx, row: int, said: Said, *, moment: int) -> bool:
    """The same for the hash of a row, whatever its status."""
    word, tags = said.feedback.word, cases.texts(said.tags)
    before = tx.one(
        "SELECT word, tags FROM feedback WHERE hash = ? AND source = ?", row, said.source
    )
    if before == (word, tags):
        return False
    tx.run(
        "INSERT OR REPLACE INTO feedback VALUES (?, ?, ?, ?, ?)",
        *(row, said.source, word, tags, moment),
    )
    tx.run("UPDATE hashes SET modified = ? WHERE row = ?", moment, row)
    (hash_id,) = tx.one("SELECT id FROM hashes WHERE row = ?", row) or ("",)
    # A word that we do not know may be any text, and is not for the log.
    detail = {"word": word if said.feedback.is_known else "other", "tags": len(said.tags)}
    audit.note(tx, Event.FEEDBACK, time=moment, subject=hash_id, source=said.source, detail=detail)
    return True


def of_hashes(tx: Tx, rows: list[int]) -> dict[int, tuple[Given, ...]]:
    """What was said of each of these hashes, in the order of sources."""
    said: dict[int, list[Given]] = {row: [] for row in rows}
    for marks, part in entries.chunks(rows):
        for row, source, word, tags, given in tx.each(
            "SELECT hash, source, word, tags, given FROM feedback"  # noqa: S608 - only marks
            f" WHERE hash IN ({marks}) ORDER BY hash, source",
            *part,
        ):
            try:
                one = Given(source, Feedback(word), tuple(cases.read_texts(tags)), given)
            except (ValueError, TypeError):
                raise BankFileError("altered: a feedback in the bank cannot be read") from None
            said[row].append(one)
    return {row: tuple(given) for row, given in said.items()}


def disputed(tx: Tx) -> list[str]:
    """The ids of the hashes that one platform blocked and another did not."""
    words = (Feedback.BLOCKED.word, Feedback.NOT_BLOCKED.word)
    found = tx.rows(
        "SELECT hashes.id FROM hashes JOIN feedback ON feedback.hash = hashes.row"  # noqa: S608
        f" WHERE word IN ({placeholders(words)}) GROUP BY hashes.row"
        " HAVING count(DISTINCT word) = 2 ORDER BY hashes.row",
        *words,
    )
    return [one for (one,) in found]
