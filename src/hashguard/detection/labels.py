"""Which nodes of a graph hang together. Pure."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Nodes: TypeAlias = NDArray[np.intp]
Edges: TypeAlias = tuple[Nodes, Nodes]
"""The nodes at both ends of each edge."""


def labelled(count: int, ends: Nodes, others: Nodes) -> Nodes:
    """(count,): of each node the lowest number in its component.

    ends, others: (edges,) the nodes at both ends of each edge.

    In rounds: every component takes the lowest number that one of its edges leads to, and paths
    are shortened until each node points to that number. As whole components join, there are few
    rounds even for a spiral.
    """
    labels = np.arange(count)
    while len(ends):
        mine, theirs = labels[ends], labels[others]
        lowest = np.minimum(mine, theirs)
        np.minimum.at(labels, mine, lowest)
        np.minimum.at(labels, theirs, lowest)
        labels = _shortened(labels)
        apart = labels[ends] != labels[others]
        ends, others = ends[apart], others[apart]
    return labels


def among(kept: NDArray[np.bool_], edges: Edges) -> Edges:
    """The edges between kept nodes, as if there were no others: by their numbers among them."""
    ends, others = edges
    there = kept[ends] & kept[others]
    numbers = np.cumsum(kept) - 1
    return numbers[ends[there]], numbers[others[there]]


def _shortened(labels: Nodes) -> Nodes:
    """Every node with the number at the end of its path."""
    while True:
        further = labels[labels]
        if np.array_equal(further, labels):
            return further
        labels = further
