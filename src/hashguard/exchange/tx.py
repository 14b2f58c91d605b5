"""The extension for threatexchange: `tx config extensions add hashguard.exchange.tx`.

`HashguardPdqSignal` is a signal of its own in `tx`, where names must be unique. `PdqSignal` is
called "pdq", for installations that choose their signals themselves, such as HMA.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

from hashguard.decode import DecodeLimits, decode
from hashguard.errors import DecodeError

# First of what is of threatexchange, for it says what to install.
from hashguard.exchange.tx_index import MAX_DISTANCE, HashguardIndex
from hashguard.hashers.pdq import hash_pixels
from hashguard.hashes import Algorithm, Hash
from hashguard.policies import PDQ_MIN_QUALITY

from threatexchange.content_type.photo import PhotoContent  # isort: skip
from threatexchange.extensions.manifest import ThreatExchangeExtensionManifest  # isort: skip
from threatexchange.signal_type import signal_base as base  # isort: skip
from threatexchange.signal_type.pdq import signal as theirs  # isort: skip

NO_HASH = ""  # how threatexchange wants to be told that there is none


def hash_of_bytes(data: bytes) -> str:
    """64 hex digits of a picture as people see it: turned by its EXIF, its colours converted.

    NO_HASH if it cannot be decoded or shows too little detail. Of an animation, the first frame.
    """
    try:
        decoded = decode(data, DecodeLimits())
        hashed = hash_pixels(next(decoded.frames).pixels)
    except DecodeError:
        return NO_HASH
    is_good = hashed.quality is not None and hashed.quality >= PDQ_MIN_QUALITY
    return hashed.hash.hex if is_good else NO_HASH


def hash_of_file(file: Path) -> str:
    """The same of a file; one that is longer than the limits is not read whole."""
    with Path(file).open("rb") as opened:
        return hash_of_bytes(opened.read(DecodeLimits().bytes + 1))


class HashguardPdqSignal(base.SimpleSignalType, base.BytesHasher, base.CanGenerateRandomSignal):
    """PDQ by our decoder and our exact index, beside tx's own."""

    @classmethod
    def get_name(cls) -> str:
        """As lists of tx must call these hashes."""
        return "hashguard_pdq"

    @classmethod
    def get_content_types(cls) -> list[type[Any]]:
        """Photographs."""
        return [PhotoContent]

    @classmethod
    def get_index_cls(cls) -> type[HashguardIndex[Any]]:
        """Ours."""
        return HashguardIndex

    @classmethod
    def validate_signal_str(cls, signal_str: str) -> str:
        """In lower case. Raises InvalidHashError, a ValueError."""
        return Hash.from_hex(Algorithm.PDQ, signal_str.strip()).hex

    @classmethod
    def compare_hash(cls, hash1: str, hash2: str) -> Any:
        """Bits, and whether they are within MAX_DISTANCE, inclusive."""
        one, other = (Hash.from_hex(Algorithm.PDQ, text) for text in (hash1, hash2))
        return base.SignalComparisonResult.from_simple_dist(one.distance(other), MAX_DISTANCE)

    @classmethod
    def hash_from_bytes(cls, bytes_: bytes) -> str:
        """See `hash_of_bytes`."""
        return hash_of_bytes(bytes_)

    @classmethod
    def hash_from_file(cls, file: Path) -> str:
        """See `hash_of_file`."""
        return hash_of_file(file)

    @classmethod
    def get_random_signal(cls) -> str:
        """Random bits."""
        return secrets.token_hex(Algorithm.PDQ.code_bytes)

    @staticmethod
    def get_examples() -> list[str]:
        """Those of tx's own PDQ."""
        examples: list[str] = theirs.PdqSignal.get_examples()
        return examples


class PdqSignal(theirs.PdqSignal):
    """tx's own PDQ with our decoder and our index, in its place and under its name."""

    @classmethod
    def get_name(cls) -> str:
        """The name under which exchanges deliver PDQ."""
        return "pdq"

    @classmethod
    def get_index_cls(cls) -> type[HashguardIndex[Any]]:  # type: ignore[override] # as HMA does
        """Ours."""
        return HashguardIndex

    @classmethod
    def hash_from_bytes(cls, bytes_: bytes) -> str:
        """See `hash_of_bytes`."""
        return hash_of_bytes(bytes_)

    @classmethod
    def hash_from_file(cls, file: Path) -> str:
        """See `hash_of_file`."""
        return hash_of_file(file)


TX_MANIFEST = ThreatExchangeExtensionManifest(signal_types=(HashguardPdqSignal,))
