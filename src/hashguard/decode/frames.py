"""Which frames of an animation are looked up, and which must be decoded to show them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hashguard.decode import work
from hashguard.decode.header import Disposal, Header, Picture
from hashguard.decode.limits import DecodeLimits


@dataclass(frozen=True, slots=True)
class Plan:
    """shown: frames to look up. decoded: frames to decode for them, both in order."""

    shown: tuple[int, ...]
    decoded: tuple[int, ...]
    complete: bool


def choose(durations: Sequence[int], count: int) -> list[int]:
    """At most `count` of the frames, the most important ones first.

    The first and the last come first; then, half of the budget, frames evenly spaced;
    then the ones shown longest, because a picture is hidden in one long frame.
    """
    total = len(durations)
    if total <= count:
        return [0, *range(total - 1, 0, -1)][:total] if total else []
    even = max(1, count // 2)
    picked = dict.fromkeys([0, total - 1][:count])
    for step in range(even):
        picked.setdefault(round(step * (total - 1) / max(1, even - 1)))
    for index in sorted(range(total), key=lambda i: (-durations[i], i)):
        if len(picked) >= count:
            break
        picked.setdefault(index)
    return list(picked)[:count]


def plan(header: Header, limits: DecodeLimits) -> Plan:
    """The frames to look up within the limits; each needs the frames it is drawn on."""
    pictures = header.pictures
    budget = limits.total_pixels * work.NS_PER_PIXEL
    canvas = work.drawing(header.width * header.height) if header.drawn else 0
    starts = _starts(header)
    wanted = limits.frames - (header.hidden is not None)
    if header.hidden is not None:
        budget -= header.hidden.work
    shown: list[int] = []
    decoded: set[int] = set()
    for index in choose([p.duration for p in pictures], max(1, wanted)):
        chain = []
        cost = canvas
        at = index
        while at not in decoded:
            chain.append(at)
            cost += pictures[at].work
            if cost > budget or at == starts[index]:
                break
            at -= 1
        if cost > budget:
            continue
        budget -= cost
        decoded.update(chain)
        shown.append(index)
    complete = len(shown) == min(len(pictures), max(1, wanted))
    return Plan(tuple(sorted(shown)), tuple(sorted(decoded)), complete)


def _starts(header: Header) -> list[int]:
    """For each frame, the latest frame from which drawing can begin to show it."""
    if not header.drawn:
        return list(range(len(header.pictures)))
    starts: list[int] = []
    cleared = True
    for index, picture in enumerate(header.pictures):
        covers = _covers(picture, header)
        fresh = cleared or (covers and (picture.opaque or not picture.blend))
        starts.append(index if fresh else starts[-1])
        cleared = covers and picture.disposal is Disposal.CLEAR
    return starts


def _covers(picture: Picture, header: Header) -> bool:
    return (
        picture.left == 0
        and picture.top == 0
        and picture.width >= header.width
        and picture.height >= header.height
    )
