"""Exact range search over codes."""

from hashguard.index.build import PlannedIndex, build_index
from hashguard.index.costs import Costs
from hashguard.index.plan import Explanation
from hashguard.index.protocol import Index, RangeResult

__all__ = ["Costs", "Explanation", "Index", "PlannedIndex", "RangeResult", "build_index"]
