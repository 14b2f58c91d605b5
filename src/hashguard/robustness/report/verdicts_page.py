"""The page of verdicts: what stands in it, put into its template."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from hashguard.printable import shown
from hashguard.robustness.report import heat, words
from hashguard.robustness.report import verdict_words as told
from hashguard.robustness.report.joined import MOSTLY_FOUND
from hashguard.robustness.report.page import unreadable_told
from hashguard.robustness.report.templates import packaged, rendered
from hashguard.robustness.report.thumbnails import Gallery, Thumbnail
from hashguard.robustness.results import AttackRecord
from hashguard.robustness.scores import Rate
from hashguard.robustness.verdicts.listing import AS_IT_IS, PERTURBED
from hashguard.robustness.verdicts.records import (
    ClosePair,
    PolicyRecord,
    PolicyVerdicts,
    Verdicts,
)

LIMIT = 200  # pictures in a page: about two megabytes
_PICTURED_PAIRS = 12  # of each kind and policy


@dataclass(frozen=True, slots=True)
class Family:
    """Attacks under one heading: label and cells of each row."""

    name: str
    rows: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class ShownPair:
    """A pair as the page tells it. role: what the reference is on the list."""

    query: str
    role: str
    reference: str
    setting: str
    bits: str
    cost: str
    grade: str
    thumbnails: tuple[Thumbnail, Thumbnail] | None


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy as the page tells it."""

    name: str
    about: str
    sentence: str
    unchanged: tuple[str, ...]
    strangers: tuple[str, ...]
    families: tuple[Family, ...]
    wrong: tuple[ShownPair, ...]
    nearest: tuple[ShownPair, ...]


def page_text(verdicts: Verdicts, gallery: Gallery | None, *, linked: bool) -> str:
    """The page as HTML. gallery: None for neither pictures nor their names.

    linked: whether there is a page of systems beside it.
    """
    asked = verdicts.asked
    each = list(zip(asked.policies, verdicts.policies, strict=True))
    content: dict[str, Any] = {
        "css": packaged("page.css"),
        "words": words,
        "asked": asked,
        "run": asked.run,
        "names": gallery is not None,
        "linked": linked,
        "measured": told.measured(asked),
        "left_out": told.left_out(verdicts),
        "same": verdicts.same,
        "columns": told.COLUMNS,
        "stranger_columns": told.STRANGER_COLUMNS,
        "heads": [(shown(record.name), "") for record in asked.policies],
        "groups": _overview(verdicts),
        "policies": [_policy(verdicts, record, one, gallery) for record, one in each],
        "unreadable": unreadable_told(asked.run.unreadable, names=gallery is not None),
    }
    return rendered("verdicts.html.jinja", content)


def _policy(
    verdicts: Verdicts, record: PolicyRecord, one: PolicyVerdicts, gallery: Gallery | None
) -> Policy:
    wrong, nearest = (tuple(_pairs(verdicts, pairs, gallery)) for pairs in (one.wrong, one.nearest))
    return Policy(
        name=shown(record.name),
        about=shown(record.about),
        sentence=_sentence(verdicts, record, one),
        unchanged=told.cells(one.unchanged),
        strangers=told.stranger_cells(one.strangers),
        families=tuple(_families(verdicts, one)),
        wrong=wrong,
        nearest=nearest,
    )


def _sentence(verdicts: Verdicts, record: PolicyRecord, one: PolicyVerdicts) -> str:
    """What a reader in a hurry takes along."""
    typical = list(_typical(verdicts, one))
    found = sum(rate.value >= MOSTLY_FOUND for _, rate in typical)
    parts = []
    if typical:
        parts.append(
            f"finds at least {100 * MOSTLY_FOUND:g} % of the copies after {found} of "
            f"{words.counted(len(typical), 'attack')} at their typical strength"
        )
    any_grade = list(one.strangers.at_least.values())[-1]
    if any_grade.n:
        parts.append(
            f"matches {words.count_of(any_grade)} unrelated pictures with another one "
            f"({words.interval(any_grade)} %)"
        )
    return f"{shown(record.name)} {words.listing(parts)}." if parts else ""


def _typical(verdicts: Verdicts, one: PolicyVerdicts) -> Iterator[tuple[AttackRecord, Rate]]:
    for (attack, strength), setting in zip(verdicts.asked.run.settings, one.settings, strict=True):
        if strength == attack.typical:
            yield attack, setting.found


def _overview(verdicts: Verdicts) -> list[heat.Group]:
    """Every attack at its typical strength, one cell for each policy."""
    columns = [dict(_by_name(verdicts, one)) for one in verdicts.policies]
    groups: dict[str, list[heat.Row]] = {}
    for attack in verdicts.asked.run.attacks:
        label = shown(attack.label(attack.typical))
        row = tuple(
            _cell(column[attack.name], f"{shown(record.name)}; {shown(attack.name)}, {label}")
            for record, column in zip(verdicts.asked.policies, columns, strict=True)
        )
        rows = groups.setdefault(attack.family, [])
        rows.append(heat.Row(shown(attack.name), label, row))
    return [heat.Group(shown(name), tuple(rows)) for name, rows in groups.items()]


def _by_name(verdicts: Verdicts, one: PolicyVerdicts) -> Iterator[tuple[str, Rate]]:
    return ((attack.name, rate) for attack, rate in _typical(verdicts, one))


def _cell(rate: Rate, of: str) -> heat.Cell:
    about = f"{of}: {words.count_of(rate)} found, {words.exact_percent(rate)}"
    shade = int(rate.value * 10 + 1e-9) if rate.n else None
    return heat.Cell(words.percent(rate), words.interval(rate), about, shade)


def _families(verdicts: Verdicts, one: PolicyVerdicts) -> Iterator[Family]:
    settings = list(zip(verdicts.asked.run.settings, one.settings, strict=True))
    for name in dict.fromkeys(attack.family for attack in verdicts.asked.run.attacks):
        rows = tuple(
            (shown(f"{attack.name}, {attack.label(strength)}"), told.cells(setting))
            for (attack, strength), setting in settings
            if attack.family == name
        )
        yield Family(shown(name), rows)


def _pairs(
    verdicts: Verdicts, pairs: Sequence[ClosePair], gallery: Gallery | None
) -> Iterator[ShownPair]:
    for number, one in enumerate(pairs):
        pictured = gallery if number < _PICTURED_PAIRS else None
        yield ShownPair(
            query=shown(one.pair.query) if gallery else "",
            role=_role(one),
            reference=shown(one.pair.reference) if gallery else "",
            setting=_setting(verdicts, one),
            bits=_bits(one),
            cost=_cost(one),
            grade=shown(one.grade or "no match"),
            thumbnails=None if pictured is None else pictured.pair(one.pair),
        )


def _role(one: ClosePair) -> str:
    """What of a picture stands on the list, before its name."""
    if one.way == PERTURBED:
        return "listed, a perturbed hash of"
    if one.way == AS_IT_IS:
        return "listed"
    return f"listed, {shown(one.way)}"


def _bits(one: ClosePair) -> str:
    bits = f"{one.pair.distance:g} {'bit' if one.pair.distance == 1 else 'bits'}"
    return bits if one.weighed is None else f"{bits}, weighed {one.weighed}"


def _cost(one: ClosePair) -> str:
    """Wrong matches per million: the upper end of what is expected."""
    told = words.few(one.upper)
    return told if told.startswith("under ") else f"at most {told}"


def _setting(verdicts: Verdicts, one: ClosePair) -> str:
    """How the upload was attacked."""
    for attack in verdicts.asked.run.attacks:
        if attack.name == one.pair.attack and one.pair.strength in attack.strengths:
            return shown(f"{attack.name}, {attack.label(one.pair.strength)}")
    return shown(one.pair.attack)
