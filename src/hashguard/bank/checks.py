"""What keeps a bank clean: what is looked at before a picture becomes an entry. Pure.

Ties are not looked at: a case file does not carry them (docs/bank.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hashguard.bank.values import Finding, Looked
from hashguard.hashes import pack_codes
from hashguard.lists.report import USUAL_WEIGHT, is_junk

if TYPE_CHECKING:
    from hashguard.bank.settings import Settings
    from hashguard.guards import NegativeList
    from hashguard.hashes import Hash


def look(
    pictures: Sequence[tuple[Hash, int | None]],
    *,
    settings: Settings,
    harmless: NegativeList | None,
) -> list[Looked]:
    """What the checks say of each picture, of which the bank knows nothing yet.

    pictures: hash and quality, of one algorithm. harmless: None where there is no such list.
    """
    looked: list[Looked] = []
    for place, (hash_, quality) in enumerate(pictures, start=1):
        finding, note = _fault(hash_, quality, settings.least_quality)
        looked.append(Looked(place, () if finding is None else (finding,), note))
    if harmless is None:
        return looked
    return _beside(harmless, pictures, looked, settings.harmless_distance)


def _fault(hash_: Hash, quality: int | None, least: int) -> tuple[Finding | None, str]:
    """Why this hash must not be listed, or None and no words."""
    bits = hash_.algorithm.bits
    if is_junk(hash_.packed):
        return Finding.JUNK, "its hash is all zeros or all ones, as that of every plain picture"
    ones = int.from_bytes(hash_.packed).bit_count()
    if not USUAL_WEIGHT[0] * bits <= ones <= USUAL_WEIGHT[1] * bits:
        return Finding.ODD_WEIGHT, f"its hash has {ones} ones of {bits} bits, as no photograph has"
    if quality is not None and quality < least:
        return Finding.LOW_QUALITY, f"its quality {quality} is below {least}"
    return None, ""


def _beside(
    harmless: NegativeList,
    pictures: Sequence[tuple[Hash, int | None]],
    looked: list[Looked],
    distance: int,
) -> list[Looked]:
    codes = pack_codes([hash_ for hash_, _ in pictures], harmless.algorithm)
    compared = list(looked)
    for at, hit in enumerate(harmless.hits(codes, distance)):
        one = looked[at]
        if hit is not None and one.is_taken:
            bits = "1 bit" if hit.distance == 1 else f"{hit.distance} bits"
            words = f"{bits} from harmless entry {hit.entry.id}"
            compared[at] = Looked(one.place, (Finding.HARMLESS,), words)
    return compared
