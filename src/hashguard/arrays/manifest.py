"""The manifest of a folder of arrays: bytes to fields, and back.

Pure. The numbered steps are those of docs/index-format.md, "Folder of arrays".
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from numpy.typing import NDArray

from hashguard.errors import IndexFileError
from hashguard.strict_json import is_whole

Fact: TypeAlias = "str | int | bool | list[Fact] | dict[str, Fact] | None"

MANIFEST = "manifest.json"
MAX_MANIFEST_BYTES = 2**16  # an index of 16 chunks has under 3 KB
MAX_ARRAY_BYTES = 2**40  # 1 TiB, a thousand times the largest of today
MAX_DIMENSIONS = 3
MAX_VERSION = 2**53 - 1  # the largest whole number every JSON reader keeps exact
MAX_FACT_DEPTH = 8  # lists and objects inside each other
DTYPES = ("|b1", "|i1", "|u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8")

HEADER_BYTES = 128  # a whole number of cache lines, so that mapped rows begin on one
_NO_DIGEST = "0" * 64
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
_NAME = re.compile(r"[a-z_]{1,32}", re.ASCII)
_HALF_PAIR = re.compile("[\ud800-\udfff]")  # JSON can spell these, UTF-8 cannot
_KIND = re.compile(r"[a-z][a-z0-9-]{0,39}", re.ASCII)
_HEAD = b'{"arrays":{'  # how every manifest begins, because its keys are sorted
_KEYS = {"arrays", "digest", "facts", "format", "version"}
_ARRAY_KEYS = {"bytes", "digest", "dtype", "shape"}
REMEDY = "restore the folder or build it again"


@dataclass(frozen=True, slots=True)
class Spec:
    """What the manifest says of one array. Raises ValueError for what it cannot say."""

    dtype: str
    shape: tuple[int, ...]
    digest: str

    def __post_init__(self) -> None:
        if self.dtype not in DTYPES:
            raise ValueError(f"the type of an array is one of {', '.join(DTYPES)}")
        if not 1 <= len(self.shape) <= MAX_DIMENSIONS:
            raise ValueError(f"an array has one to {MAX_DIMENSIONS} dimensions")
        # Zeros count as one: NumPy multiplies the others up, even where there is no element.
        if not all(is_whole(size, 0, MAX_ARRAY_BYTES) for size in self.shape) or (
            self._itemsize * math.prod(max(size, 1) for size in self.shape) > MAX_ARRAY_BYTES
        ):
            raise ValueError(f"the sizes of an array are whole numbers, {MAX_ARRAY_BYTES} in all")
        if not _DIGEST.fullmatch(self.digest):
            raise ValueError("a digest has 64 lower-case hex digits")

    @classmethod
    def of(cls, values: NDArray[Any]) -> Spec:
        """Of an array whose digest is not known yet."""
        return cls(values.dtype.str, values.shape, _NO_DIGEST)

    @property
    def _itemsize(self) -> int:
        return int(self.dtype[2:])

    @property
    def file_bytes(self) -> int:
        """Length of the file."""
        return HEADER_BYTES + self._itemsize * math.prod(self.shape)

    def header(self) -> bytes:
        """The header of the `.npy` file, to the byte.

        Ours is not left to NumPy, whose padding depends on its version: so a reader compares
        it with the one that must be there, and interprets nothing.
        """
        text = f"{{'descr': '{self.dtype}', 'fortran_order': False, 'shape': {self.shape}, }}"
        start = b"\x93NUMPY\x01\x00" + (HEADER_BYTES - 10).to_bytes(2, "little")
        return start + text.encode("ascii").ljust(HEADER_BYTES - 11) + b"\n"

    def fields(self) -> dict[str, object]:
        """As in the manifest."""
        return {
            "bytes": self.file_bytes,
            "digest": self.digest,
            "dtype": self.dtype,
            "shape": list(self.shape),
        }


def sealed(
    kind: str, version: int, facts: Mapping[str, Fact], specs: Mapping[str, Spec]
) -> tuple[str, bytes]:
    """The digest of a manifest, and the manifest. Raises ValueError for what cannot be in one."""
    if not _KIND.fullmatch(kind):
        raise ValueError("a kind is a word of a-z, 0-9 and -, of at most 40 letters")
    if not is_whole(version, 1, MAX_VERSION):
        raise ValueError("a version is a whole number from 1 to 2**53 - 1")
    if not all(_NAME.fullmatch(name) for name in specs):
        raise ValueError("the name of an array is 1 to 32 letters of a-z and _")
    fields: dict[str, Any] = {
        "arrays": {name: spec.fields() for name, spec in specs.items()},
        "digest": _NO_DIGEST,
        "facts": dict(facts),
        "format": kind,
        "version": version,
    }
    _check_fact(fields["facts"], MAX_FACT_DEPTH)
    digest = _digest(fields)
    text = _canonical({**fields, "digest": digest})
    if len(text) > MAX_MANIFEST_BYTES:
        raise ValueError(f"a manifest has at most {MAX_MANIFEST_BYTES} bytes; state fewer facts")
    return digest, text


def _canonical(fields: object) -> bytes:
    """JSON with sorted keys, no white space, ASCII, one line feed at the end."""
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return text.encode("ascii") + b"\n"


def _digest(fields: Mapping[str, Any]) -> str:
    return hashlib.sha256(_canonical({**fields, "digest": _NO_DIGEST})).hexdigest()


def _check_fact(fact: object, depth: int) -> None:
    """Raises ValueError unless JSON gives back exactly this, for any reader."""
    if fact is None or type(fact) is bool or is_whole(fact, -MAX_VERSION, MAX_VERSION):
        return
    inside: list[object] = []
    if type(fact) is str and not _HALF_PAIR.search(fact):
        return
    if type(fact) is list and depth:
        inside = fact
    elif type(fact) is dict and depth and all(type(key) is str for key in fact):
        inside = [*fact, *fact.values()]
    else:
        raise ValueError(
            "facts are texts, whole numbers within 2**53, true, false, null, and lists and "
            f"objects of such, {MAX_FACT_DEPTH} deep"
        )
    for part in inside:
        _check_fact(part, depth - 1)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a manifest says, all of it checked but the files themselves."""

    version: int
    facts: dict[str, Fact]
    arrays: dict[str, Spec]
    digest: str


def parse(raw: bytes, *, kind: str, version: int) -> Manifest:
    """The manifest in these bytes; version: the newest to accept. Raises IndexFileError.

    raw: at most MAX_MANIFEST_BYTES + 1 bytes; one more than allowed is enough to refuse.
    """
    # 1. Length.
    if len(raw) > MAX_MANIFEST_BYTES:
        raise _not_json(raw, f"has more than {MAX_MANIFEST_BYTES} bytes")
    # 2. JSON.
    try:
        if not raw.endswith(b"\n"):
            raise ValueError("cut off")
        fields = json.loads(raw.decode("ascii"))
        again = _canonical(fields)
    except (ValueError, RecursionError):
        # RecursionError: 64 KiB of brackets nest deeper than the JSON reader goes.
        raise _not_json(raw, "is not ASCII JSON") from None
    # 3. Format: told before the spelling, for many programs keep a manifest.json.
    found = fields.get("format") if isinstance(fields, dict) else None
    if found != kind:
        known = isinstance(found, str) and _KIND.fullmatch(found)
        meaning = f"holds {found}" if known else "is of another program"
        raise IndexFileError(f"foreign: the folder {meaning}; expected {kind}")
    # 4. Version: told before the rest, of which another version may have another idea.
    if is_whole(fields.get("version"), version + 1, MAX_VERSION):
        raise IndexFileError(
            f"newer: written by a newer hashguard: version {fields['version']}, "
            f"this one reads {version}"
        )
    if not is_whole(fields.get("version"), 1, version):
        raise altered("states no version")
    # 5. Canonical form.
    if again != raw:
        raise altered("is not canonical (sorted keys, no spaces, ASCII)")
    # 6. Digest.
    if fields.get("digest") != _digest(fields):
        raise altered("does not fit its digest")
    # 7. What it says of the arrays: names, types, sizes.
    return _contents(fields)


def _not_json(raw: bytes, fault: str) -> IndexFileError:
    # An empty file is what some file systems leave of ours after a power cut.
    if not raw.startswith(_HEAD) and not _HEAD.startswith(raw):
        return IndexFileError("foreign: the folder is of another program")
    if len(raw) <= MAX_MANIFEST_BYTES and not raw.endswith(b"\n"):
        return IndexFileError(f"truncated: {MANIFEST} is cut off; {REMEDY}")
    return altered(fault)


def altered(fault: str, what: str = MANIFEST) -> IndexFileError:
    """A file of the folder, `what`, is not as it was written."""
    return IndexFileError(f"altered: {what} {fault}; {REMEDY}")


def _contents(fields: dict[str, Any]) -> Manifest:
    if set(fields) != _KEYS:
        raise altered(f"does not have the keys {', '.join(sorted(_KEYS))}")
    arrays, facts = fields["arrays"], fields["facts"]
    if not isinstance(arrays, dict) or not isinstance(facts, dict):
        raise altered("does not say what its arrays are")
    try:
        _check_fact(facts, MAX_FACT_DEPTH)
        specs = {name: _spec(name, about) for name, about in arrays.items()}
    except ValueError as error:
        raise altered(f"breaks a rule: {error}") from None
    return Manifest(fields["version"], facts, specs, fields["digest"])


def _spec(name: str, about: object) -> Spec:
    if not _NAME.fullmatch(name):
        raise ValueError("the name of an array is 1 to 32 letters of a-z and _")
    if not isinstance(about, dict) or set(about) != _ARRAY_KEYS:
        raise ValueError(f"of an array is said {', '.join(sorted(_ARRAY_KEYS))}")
    digest, dtype, shape = about["digest"], about["dtype"], about["shape"]
    if not isinstance(digest, str) or not isinstance(dtype, str) or not isinstance(shape, list):
        raise ValueError("digest and dtype are texts, shape is a list")
    spec = Spec(dtype, tuple(shape), digest)
    if not is_whole(about["bytes"], spec.file_bytes, spec.file_bytes):
        raise ValueError("bytes is the length that dtype and shape make")
    return spec
