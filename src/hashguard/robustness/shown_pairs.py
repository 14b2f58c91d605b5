"""Pairs worth a look: copies that are missed, and strangers that nearly match."""

from __future__ import annotations

import numpy as np

from hashguard.robustness.gather import Gathered
from hashguard.robustness.metrics import Counts, distance
from hashguard.robustness.results import PHOTO, Run
from hashguard.robustness.scores import Pair
from hashguard.robustness.system import Reason
from hashguard.robustness.unrelated import Unrelated

SHOWN = 24  # pairs of each kind


def reason_of(own: int, reference: int) -> str:
    """Why a copy has no distance, as a person reads it; "" if it has one. Numbers of `Reason`.

    The reference comes first: without one, no copy is ever found.
    """
    if reference:
        return f"reference {Reason(reference).text}"
    return Reason(own).text if own else ""


def missed(run: Run, gathered: Gathered, step: int) -> tuple[Pair, ...]:
    """Of each attack at its typical strength the farthest copy, if it is beyond the step.

    Farthest first: those without a distance, then the others; else in the order of the attacks.
    """
    photos = [number for number, one in enumerate(run.pictures) if one.role == PHOTO]
    found: list[tuple[int, Pair]] = []
    for column, (attack, strength) in enumerate(run.settings, start=1):
        row = int(np.argmax(gathered.copies[:, column]))
        farthest = int(gathered.copies[row, column])
        if strength != attack.typical or farthest <= step:
            continue
        name, role = run.pictures[photos[row]].name, PHOTO
        reference = gathered.reference_reasons[photos[row]]
        pair = Pair(
            query=name,
            query_role=role,
            attack=attack.name,
            strength=strength,
            reference=name,
            reference_role=role,
            distance=distance(farthest, gathered.scale),
            reason=reason_of(int(gathered.copy_reasons[row, column]), reference),
        )
        found.append((farthest, pair))
    found.sort(key=lambda one: -one[0])
    return tuple(pair for _, pair in found[:SHOWN])


def closest(run: Run, gathered: Gathered, unrelated: Unrelated, counts: Counts) -> tuple[Pair, ...]:
    """The nearest unrelated pairs, nearest first, each once."""
    pairs = unrelated.closest(counts, SHOWN)
    each = zip(pairs.first.tolist(), pairs.second.tolist(), pairs.steps.tolist(), strict=True)
    return tuple(
        Pair(
            query=run.pictures[query].name,
            query_role=run.pictures[query].role,
            attack="",
            strength=0.0,
            reference=run.pictures[reference].name,
            reference_role=run.pictures[reference].role,
            distance=distance(step, gathered.scale),
            reason="",
        )
        for query, reference, step in each
    )
