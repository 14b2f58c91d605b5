"""Verdicts of policies in words and in Markdown, with no names of pictures. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from hashguard.printable import shown
from hashguard.robustness.report import words
from hashguard.robustness.report.tables import markdown_cell, markdown_line
from hashguard.robustness.results import PHOTO, STRANGER
from hashguard.robustness.scores import Rate
from hashguard.robustness.verdicts.plan import lengths_of
from hashguard.robustness.verdicts.records import (
    GRADES,
    Asked,
    SettingVerdicts,
    StrangerVerdicts,
    Verdicts,
)

AS_THEY_ARE = "as they are"
_SHARED = GRADES[:-1]  # those a found copy has a share of, in a table
COLUMNS = ("n", "found", "not on white", f"{' / '.join(_SHARED)}, %", "wrong", "undecided")
STRANGER_COLUMNS = (GRADES[0], *(f"{grade} or surer" for grade in GRADES[1:-1]), "any grade")

_HEAD = """\
# Verdicts on a list of {size} hashes

Made by `hashguard robustness verdicts`: {measured}.

Of n uploads so many had a match of the right entry, of any grade, with its 95 % interval; the
grades are in per cent of those. *Not on white*: the same without pictures of which a side ends in
white, drawings and cut-outs mostly: where such a picture stands on white, nothing shows its edge.
*Wrong* counts uploads with a match of another entry, by the best grade of each; *undecided* those
without a match that are not called clean.
"""
_STRANGERS = """\
Unrelated pictures, uploaded as they are; they are on the list, too. An upload counts if it matches
an entry that was made of another picture, by its best grade, with a 95 % interval.
"""


def measured(asked: Asked) -> str:
    """What was asked, in a line."""
    photographs, strangers = (len(asked.uploaded(role)) for role in (PHOTO, STRANGER))
    lengths = lengths_of(asked)
    return (
        f"{words.counted(photographs, 'photograph')} in "
        f"{words.counted(len(asked.run.settings), 'setting')}, "
        f"{words.counted(strangers, 'unrelated picture')}, "
        f"{words.counted(len(asked.policies), 'policy', 'policies')}; on the list "
        f"{words.counted(lengths.photographs, 'photograph')}, {lengths.distractors:,} hashes of "
        f"{words.counted(len(asked.run.of_role(STRANGER)), 'unrelated picture')}, turned and "
        f"mirrored, and {lengths.perturbed:,} perturbed ones"
    )


def left_out(verdicts: Verdicts) -> str:
    """How many pairs are not counted; "" if none is left out."""
    if not verdicts.same:
        return ""
    pairs = words.counted(len(verdicts.same), "pair")
    return f"{pairs} that the user listed as the same picture left out."


def shares(one: SettingVerdicts) -> str:
    """Of the found, in per cent by grade: `98 / 1 / 1`."""
    percents = [100 * one.grades.get(grade, 0) / max(one.found.count, 1) for grade in _SHARED]
    return " / ".join(f"{share:.0f}" for share in percents) if one.found.count else ""


def wrong(counts: dict[str, int]) -> str:
    """`1 certain, 2 review`, or 0."""
    return ", ".join(f"{counts[grade]} {grade}" for grade in GRADES if counts.get(grade)) or "0"


def cells(one: SettingVerdicts) -> tuple[str, ...]:
    """A setting under COLUMNS, shares from 0 to 1."""
    found, others = one.found, one.not_on_white
    return (
        str(found.n),
        f"{found.value:.3f} ({found.low:.3f} to {found.high:.3f})" if found.n else "",
        f"{others.value:.3f} ({others.count} of {others.n})" if others.n else "",
        shares(one),
        wrong(one.wrong),
        str(one.undecided),
    )


def stranger_cells(one: StrangerVerdicts) -> tuple[str, ...]:
    """Strangers under STRANGER_COLUMNS."""
    return tuple(_rate(one.at_least[grade]) for grade in GRADES)


def _rate(rate: Rate) -> str:
    return f"{words.count_of(rate)} ({words.interval(rate)} %)" if rate.n else words.NOTHING


def verdicts_text(verdicts: Verdicts) -> str:
    """Both tables in Markdown: copies by policy and setting, then strangers."""
    asked = verdicts.asked
    head = _HEAD.format(size=words.large(asked.list_size), measured=measured(asked))
    lines = [
        head,
        markdown_line(("policy", "upload", *COLUMNS)),
        "|---|---|---:|---|---|---|---|---:|",
        *_copies(verdicts),
        "",
        _STRANGERS,
        markdown_line(("policy", "n", *STRANGER_COLUMNS)),
        "|---|---:|---|---|---|---|",
        *_strangers(verdicts),
    ]
    if verdicts.same:
        lines += ["", left_out(verdicts)]
    return "\n".join(lines) + "\n"


def _copies(verdicts: Verdicts) -> Iterator[str]:
    for record, policy in zip(verdicts.asked.policies, verdicts.policies, strict=True):
        name = _name(record.name)
        yield markdown_line((name, AS_THEY_ARE, *cells(policy.unchanged)))
        for (attack, strength), one in zip(
            verdicts.asked.run.settings, policy.settings, strict=True
        ):
            label = markdown_cell(f"{attack.name}, {attack.label(strength)}")
            yield markdown_line((name, label, *cells(one)))


def _strangers(verdicts: Verdicts) -> Iterator[str]:
    for record, policy in zip(verdicts.asked.policies, verdicts.policies, strict=True):
        one = policy.strangers
        yield markdown_line((_name(record.name), str(one.n), *stranger_cells(one)))


def _name(policy: str) -> str:
    """As code; a back-quote would end it, a bar the cell."""
    return f"`{shown(policy).replace('`', '').replace('|', '')}`"
