"""Write a list for other tools. Pure; what comes out holds hashes, so keep it private."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from hashguard.lists.entry import Entry, time_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hashguard.lists.hash_list import HashList


def text_lines(hash_list: HashList) -> Iterator[str]:
    """`pdq <hex>` for each ACTIVE entry: the format of `tx`'s local_file exchange.

    Only these: the format knows no status, and its readers match whatever they read.
    """
    for row in hash_list.active_rows.tolist():
        one = hash_list.entry(row).hash
        yield f"{one.algorithm.value} {one.hex}"


def json_lines(hash_list: HashList) -> Iterator[str]:
    """Every entry as a JSON object, sorted keys; `read_entries` reads it back unchanged."""
    return (json_line(entry) for entry in hash_list.entries())


def json_line(entry: Entry) -> str:
    """One entry as a JSON object."""
    fields = {
        "hash": str(entry.hash),
        "id": entry.id,
        "modified": None if entry.modified is None else time_text(entry.modified),
        "quality": entry.quality,
        "source": entry.source,
        "status": entry.status.value,
        "tags": list(entry.tags),
    }
    return json.dumps(fields, sort_keys=True, ensure_ascii=True)
