"""What the bank commands say of what was erased, and of what was not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hashguard.cli.bank_folders import hashes_text

if TYPE_CHECKING:
    from hashguard.bank import Erasure

NOT_CLEAN = (
    "another process was reading, so the files of the bank still hold what was erased; "
    "repeat soon: hashguard bank tidy"
)


def erased_text(erasure: Erasure) -> str:
    """How many hashes were erased, how many come later, and whether it is done."""
    parts = [f"{hashes_text(erasure.erased)} erased"]
    if rest := erasure.hashes - erasure.erased:
        parts.append(
            f"{hashes_text(rest)} kept, as tombstones or because another case has the same"
        )
    if not erasure.is_clean:
        parts.append(NOT_CLEAN)
    return "; ".join(parts)
