"""Perceptual-hash re-upload detection: hash, list, match, exactly.

The public names; each is imported when it is first used, so that `import hashguard` is light.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hashguard import errors, policies
    from hashguard.decode import Decoded, DecodeLimits, Format, Frame
    from hashguard.hashers import Hasher, hasher_for
    from hashguard.hashes import Algorithm, Codes, Hash, Hashed, Pixels
    from hashguard.index import Costs, Explanation, Index, PlannedIndex, RangeResult, build_index
    from hashguard.index.snapshot import open_index, save_index
    from hashguard.lists import Entry, HashList, Status
    from hashguard.live import Applied, Changes, LiveIndex, View
    from hashguard.matcher import Matcher
    from hashguard.policies import MatchPolicy
    from hashguard.probes import ProbePlan
    from hashguard.references import References
    from hashguard.verdict import Match, Outcome, Timings, Verdict

__version__ = "0.1.0"

_HOME = {
    "decode": ("DecodeLimits", "Decoded", "Format", "Frame"),
    "hashers": ("Hasher", "hasher_for"),
    "hashes": ("Algorithm", "Codes", "Hash", "Hashed", "Pixels"),
    "index": ("Costs", "Explanation", "Index", "PlannedIndex", "RangeResult", "build_index"),
    "index.snapshot": ("open_index", "save_index"),
    "lists": ("Entry", "HashList", "Status"),
    "live": ("Applied", "Changes", "LiveIndex", "View"),
    "matcher": ("Matcher",),
    "policies": ("MatchPolicy",),
    "probes": ("ProbePlan",),
    "references": ("References",),
    "verdict": ("Match", "Outcome", "Timings", "Verdict"),
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}

__all__ = [
    "Algorithm",
    "Applied",
    "Changes",
    "Codes",
    "Costs",
    "DecodeLimits",
    "Decoded",
    "Entry",
    "Explanation",
    "Format",
    "Frame",
    "Hash",
    "HashList",
    "Hashed",
    "Hasher",
    "Index",
    "LiveIndex",
    "Match",
    "MatchPolicy",
    "Matcher",
    "Outcome",
    "Pixels",
    "PlannedIndex",
    "ProbePlan",
    "RangeResult",
    "References",
    "Status",
    "Timings",
    "Verdict",
    "View",
    "build_index",
    "errors",
    "hasher_for",
    "open_index",
    "policies",
    "save_index",
]


def __getattr__(name: str) -> object:
    if name in ("errors", "policies"):
        return import_module(f"hashguard.{name}")
    if name in _MODULE_OF:
        value = getattr(import_module(f"hashguard.{_MODULE_OF[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'hashguard' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(__all__))
