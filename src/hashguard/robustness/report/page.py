"""The page: what stands in it, put into its template."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from hashguard.printable import shown
from hashguard.robustness.report import answer, heat, plots, words
from hashguard.robustness.report.joined import Column, Family, Joined
from hashguard.robustness.report.templates import packaged, rendered
from hashguard.robustness.report.thumbnails import Gallery, Thumbnail
from hashguard.robustness.results import AttackRecord, Unreadable
from hashguard.robustness.scores import Pair

_PICTURED = 2  # systems whose pairs are shown as pictures
_PICTURED_PAIRS = 6  # of each kind
_SHOWN_FIRST = 4  # systems whose curves are shown until the reader chooses


@dataclass(frozen=True, slots=True)
class ShownPair:
    """A pair as the page tells it. thumbnails: of the upload and the reference."""

    query: str
    reference: str
    attack: str
    distance: str
    thumbnails: tuple[Thumbnail, Thumbnail] | None


@dataclass(frozen=True, slots=True)
class SystemPairs:
    """The pairs of one system worth a look."""

    name: str
    missed: tuple[ShownPair, ...]
    closest: tuple[ShownPair, ...]


@dataclass(frozen=True, slots=True)
class Curves:
    """The attacks of a family: plots of those that have them, and a table of all."""

    name: str
    plots: tuple[tuple[AttackRecord, str], ...]
    rows: tuple[heat.Row, ...]


@dataclass(frozen=True, slots=True)
class Refusals:
    """Uploads that a system made nothing of. attacks: with how many of them, most first."""

    system: str
    reason: str
    count: int
    attacks: tuple[tuple[str, int], ...]


def page_text(joined: Joined, gallery: Gallery | None, *, verdicts: bool = False) -> str:
    """The page as HTML. gallery: None for neither pictures nor their names.

    verdicts: whether there is a page of verdicts beside it.
    """
    return rendered("page.html.jinja", _content(joined, gallery, verdicts=verdicts))


def _content(joined: Joined, gallery: Gallery | None, *, verdicts: bool) -> dict[str, Any]:
    tables = heat.tables(joined)
    return {
        "css": packaged("page.css"),
        "verdicts": verdicts,
        "words": words,
        "joined": joined,
        "run": joined.run,
        "scores": joined.scores,
        "columns": joined.columns,
        "names": gallery is not None,
        "measured": answer.measured(joined.run),
        "paragraphs": answer.answer(joined),
        "warnings": answer.warnings(joined),
        "tables": tables,
        "heads": tables[0].heads,
        "keys": {
            place: [plots.key(one.number, f"{place}-{one.number}") for one in joined.columns]
            for place in ("switch", "key")
        },
        "shown_first": _SHOWN_FIRST,
        "families": [_curves(joined, number, one) for number, one in _families(joined)],
        "distances": [
            (column, plots.distances(column, f"d{column.number}")) for column in joined.columns
        ],
        "roc": plots.roc(joined, "roc"),
        "pairs": [_pairs(column, joined, gallery) for column in joined.columns],
        "refusals": [one for column in joined.columns for one in _refusals(column, joined)],
        "unreadable": unreadable_told(joined.run.unreadable, names=gallery is not None),
    }


def _families(joined: Joined) -> Iterator[tuple[int, Family]]:
    return iter(enumerate(joined.families()))


def _curves(joined: Joined, number: int, family: Family) -> Curves:
    drawn = tuple(
        (attack, plots.curve(joined, attack, f"c{number}-{place}"))
        for place, attack in enumerate(family.attacks)
        if plots.has_curve(attack)
    )
    return Curves(shown(family.name), drawn, tuple(heat.strengths(joined, family)))


def _pairs(column: Column, joined: Joined, gallery: Gallery | None) -> SystemPairs:
    pictured = gallery if column.number < _PICTURED else None
    missed, closest = (
        tuple(
            _pair(
                pair,
                column,
                joined,
                pictured if number < _PICTURED_PAIRS else None,
                names=gallery is not None,
            )
            for number, pair in enumerate(pairs)
        )
        for pairs in (column.score.missed, column.score.closest)
    )
    return SystemPairs(shown(column.score.name), missed, closest)


def _pair(
    pair: Pair, column: Column, joined: Joined, gallery: Gallery | None, *, names: bool
) -> ShownPair:
    return ShownPair(
        shown(pair.query) if names else "",
        shown(pair.reference) if names else "",
        _setting(pair, joined),
        shown(pair.reason) or words.distance(pair.distance, column.record),
        None if gallery is None else gallery.pair(pair),
    )


def _setting(pair: Pair, joined: Joined) -> str:
    if not pair.attack:
        return ""
    for attack in joined.run.attacks:
        if attack.name == pair.attack and pair.strength in attack.strengths:
            return shown(f"{attack.name}, {attack.label(pair.strength)}")
    return shown(pair.attack)


def _refusals(column: Column, joined: Joined) -> Iterator[Refusals]:
    by_reason: dict[str, Counter[str]] = {}
    for attack, strength in joined.run.settings:
        for reason, count in column.settings[attack.name, strength].reasons.items():
            if count:
                by_reason.setdefault(reason, Counter())[attack.name] += count
    for reason, count in column.score.refused.items():
        by_reason.setdefault(reason, Counter())["unrelated pictures as they are"] += count
    for reason, attacks in sorted(by_reason.items()):
        yield Refusals(
            shown(column.score.name),
            shown(reason),
            attacks.total(),
            tuple((shown(name), count) for name, count in attacks.most_common()),
        )


def unreadable_told(refused: Sequence[Unreadable], *, names: bool) -> list[tuple[str, str]]:
    """Name and reason; without names, how many of each reason."""
    if names:
        return [(shown(one.name), shown(one.reason)) for one in refused]
    counted = Counter(shown(one.reason) for one in refused)
    return [(words.counted(count, "file"), reason) for reason, count in counted.most_common()]
