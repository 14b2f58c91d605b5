"""Exact range search over codes."""

from hashguard.index.build import build_index
from hashguard.index.protocol import Index, RangeResult

__all__ = ["Index", "RangeResult", "build_index"]
