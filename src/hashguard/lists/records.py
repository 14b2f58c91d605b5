"""One record of a foreign file (a text line, a JSON object, a CSV row) to one entry.

Pure. A record that cannot be used raises ValueError with a reason that quotes nothing of
it; `Skipped` says it is fine but holds no hash for this list.
"""

from __future__ import annotations

import enum
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hashguard.errors import InvalidHashError
from hashguard.hashes import Algorithm, Hash
from hashguard.lists.entry import Entry, Status, time_seconds
from hashguard.strict_json import no_constant

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

KEPT_KEYS = frozenset({"hash", "quality", "status", "id", "modified", "source", "tags"})
DROPPED_KEYS = frozenset(
    # What `hashguard hash` says about a picture. A list must not tell whose file it was.
    {
        *("file", "filename", "frame", "orientation", "ties", "notes"),
        *("format", "width", "height", "error"),
    }
)
TX_COLUMNS = frozenset({"signal_type", "signal_str", "collab", "category", "tags"})
# Names that `tx` gives to what is no picture hash of ours; see also its extensions.
FOREIGN_SIGNALS = frozenset(
    {
        *("md5", "sha1", "sha256", "video_md5", "pdna", "photodna", "tmk_pdqf", "video_tmk_pdqf"),
        *("vpdq", "text", "raw_text", "text_tlsh", "tlsh_pdf", "pdf_tlsh", "trend_query", "url"),
    }
)
_TX_CATEGORIES = frozenset({"POSITIVE_CLASS", "INVESTIGATION_SEED", "DISPUTED"})
_TX_NEGATIVE = "NEGATIVE_CLASS"
_PLACEHOLDER_ID = "0"  # until every id of the file is known; never in a result
_TEXT_LINE = re.compile(r"(?:([A-Za-z][A-Za-z0-9_]*)(?:\s*:\s*|\s+))?([0-9A-Fa-f]+)", re.ASCII)
_WHOLE = re.compile(r"[0-9]{1,15}", re.ASCII)
_TELLABLE = re.compile(r"[A-Za-z][A-Za-z_ -]{0,23}", re.ASCII)


class Skipped(enum.Enum):
    """The record holds no hash for this list."""

    OTHER_SIGNAL = "other signal"
    NEGATIVE = "marked as harmless"
    NO_HASH = "could not be hashed"


@dataclass(frozen=True, slots=True)
class Defaults:
    """What a record need not say."""

    algorithm: Algorithm
    source: str


@dataclass(frozen=True, slots=True)
class Record:
    """An entry, and whether the file gave it its id."""

    entry: Entry
    has_id: bool


def hash_of(text: str, algorithm: Algorithm) -> Hash | Skipped:
    """`pdq <hex>`, `pdq:<hex>` or bare hex, either case; another kind of signal is skipped."""
    found = _TEXT_LINE.fullmatch(text)
    name = found[1] if found else (text.replace(":", " ").split() or [""])[0]
    if name is not None and name.lower() in FOREIGN_SIGNALS:
        return Skipped.OTHER_SIGNAL
    if not found:
        raise ValueError(f"not a hash: `{algorithm.value} HEX`, `{algorithm.value}:HEX` or `HEX`")
    if name is not None and name.lower() != algorithm.value:
        raise ValueError(_other_algorithm(name.lower(), algorithm))
    digits = found[2]
    try:
        return Hash.from_hex(algorithm, digits)
    except InvalidHashError as error:
        raise ValueError(str(error)) from None


def from_text(line: str, defaults: Defaults) -> Record | Skipped:
    """A line that holds a hash and nothing else."""
    return _record(hash_of(line, defaults.algorithm), {}, defaults)


def from_bare_csv(line: str, defaults: Defaults) -> Record | Skipped:
    """`hash,quality,filename` as the C++ tool prints it; the name is dropped.

    Split by hand: the tool does not quote names, so commas and quotes in them mean nothing.
    """
    digits, _, rest = line.partition(",")
    quality = rest.partition(",")[0].strip()
    fields = {"quality": _csv_quality(quality)}
    return _record(hash_of(digits.strip(), defaults.algorithm), fields, defaults)


def from_json(line: str, defaults: Defaults) -> Record | Skipped:
    """A JSON object on one line, with the keys of KEPT_KEYS and DROPPED_KEYS."""
    try:
        fields = json.loads(line, object_pairs_hook=_without_repeats, parse_constant=no_constant)
    except _RepeatedKeyError:
        raise ValueError("the JSON object has a key twice") from None
    except (ValueError, RecursionError):
        # RecursionError: brackets nested deeper than the JSON reader goes.
        raise ValueError("not a JSON object on one line") from None
    if not isinstance(fields, dict):
        raise ValueError("not a JSON object on one line")
    refuse_unknown(fields, KEPT_KEYS | DROPPED_KEYS, "key")
    text = fields.get("hash")
    if text is None and fields.get("error"):
        return Skipped.NO_HASH
    if not isinstance(text, str):
        raise ValueError("the hash must be a text")
    return _record(hash_of(text.strip(), defaults.algorithm), _json_fields(fields), defaults)


def from_csv(row: Mapping[str, str], defaults: Defaults) -> Record | Skipped:
    """A row of a CSV file with our columns or those that `hashguard hash --csv` prints."""
    text = row.get("hash", "").strip()
    if not text and row.get("error", "").strip():
        return Skipped.NO_HASH
    read: dict[str, Callable[[str], object]] = {
        "quality": _csv_quality,
        "status": _status,
        "id": str,
        "modified": _csv_time,
        "source": str,
        "tags": lambda tags: tuple(tag.strip() for tag in tags.split(",")),
    }
    values = {name: row[name].strip() for name in read if name in row}
    fields = {name: read[name](value) for name, value in values.items() if value}
    return _record(hash_of(text, defaults.algorithm), fields, defaults)


def from_tx(row: Mapping[str, str], defaults: Defaults) -> Record | Skipped:
    """A row of `tx dataset --csv`. What is marked as harmless is not listed."""
    if row["signal_type"].strip().lower() != defaults.algorithm.value:
        return Skipped.OTHER_SIGNAL
    category = row.get("category", "").strip()
    if category == _TX_NEGATIVE:
        return Skipped.NEGATIVE
    if category and category not in _TX_CATEGORIES:
        raise ValueError("the category is none that tx writes")
    words = (*row.get("tags", "").split(), category.lower())
    fields: dict[str, object] = {"tags": tuple(dict.fromkeys(word for word in words if word))}
    if collab := row.get("collab", "").strip():
        fields["source"] = collab
    return _record(hash_of(row["signal_str"].strip(), defaults.algorithm), fields, defaults)


def refuse_unknown(names: Mapping[str, object], known: frozenset[str], what: str) -> None:
    """Raise ValueError naming a key or column that nobody knows."""
    for name in names:
        if name not in known:
            # A file without its header line has hashes where the names should be.
            shown = repr(name) if _TELLABLE.fullmatch(name) else "that cannot be shown here"
            raise ValueError(f"unknown {what} {shown}; known are {', '.join(sorted(known))}")


def _record(
    found: Hash | Skipped, fields: Mapping[str, Any], defaults: Defaults
) -> Record | Skipped:
    if isinstance(found, Skipped):
        return found
    given = {"source": defaults.source, **fields}
    has_id = "id" in given
    given.setdefault("id", _PLACEHOLDER_ID)
    return Record(Entry(hash=found, **given), has_id)


def _json_fields(fields: Mapping[str, Any]) -> dict[str, object]:
    """The values that are there, each of the type an Entry wants."""
    got: dict[str, object] = {}
    for name in ("quality", "status", "id", "modified", "source", "tags"):
        value = fields.get(name)
        if value is None:
            continue
        if name == "tags":
            if not isinstance(value, list) or not all(isinstance(tag, str) for tag in value):
                raise ValueError("tags must be a list of texts")
            got[name] = tuple(dict.fromkeys(value))
        elif name == "modified":
            got[name] = time_seconds(value) if isinstance(value, str) else value
        elif name == "quality":
            got[name] = value
        elif name == "id" and type(value) is int:
            got[name] = str(value)
        elif not isinstance(value, str):
            raise ValueError(f"the {name} must be a text")
        else:
            got[name] = _status(value) if name == "status" else value
    return got


def _status(text: str) -> Status:
    try:
        return Status(text.lower())
    except ValueError:
        known = ", ".join(status.value for status in Status)
        raise ValueError(f"the status is one of {known}") from None


def _csv_quality(text: str) -> int | None:
    if text in ("", "-"):
        return None
    if not _WHOLE.fullmatch(text):
        raise ValueError("quality must be a whole number from 0 to 100")
    return int(text)


def _csv_time(text: str) -> int | None:
    if text == "-":
        return None
    return int(text) if _WHOLE.fullmatch(text) else time_seconds(text)


def _other_algorithm(name: str, algorithm: Algorithm) -> str:
    if name in {one.value for one in Algorithm}:
        return f"a {name} hash, but the list is of {algorithm.value} hashes"
    return f"an unknown kind of hash, but the list is of {algorithm.value} hashes"


class _RepeatedKeyError(Exception):
    """One key is said twice in a JSON object, and it is not clear which was meant."""


def _without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise _RepeatedKeyError
    return fields
