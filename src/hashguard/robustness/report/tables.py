"""Scores as files for other programs: CSV with everything, Markdown with what a README quotes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

from hashguard.printable import shown
from hashguard.robustness.report import words
from hashguard.robustness.report.joined import Column, Joined
from hashguard.robustness.results import AttackRecord
from hashguard.robustness.scores import FalseMatches, SettingScore
from hashguard.robustness.system import Reason

FIELDS = (
    "system",
    "family",
    "attack",
    "strength",
    "label",
    "threshold",
    "max_distance",
    "found",
    "n",
    "recall",
    "low",
    "high",
    "undecodable",
    "low_quality",
    "crashed",
    "reference_failed",
    "median_distance",
)
FALSE_MATCH_FIELDS = (
    "system",
    "threshold",
    "max_distance",
    "listed",
    "uploads",
    "false_uploads",
    "uploads_low",
    "uploads_high",
    "pairs",
    "false_pairs",
    "pairs_low",
    "pairs_high",
    "list_size",
    "per_million",
    "per_million_low",
    "per_million_high",
    "extrapolated",
)
_RECALL = (
    "Share of copies found, in %, with 95 % interval; each system at the distance it is run at, "
    "each attack at its typical strength. What cannot be decoded or hashed counts as missed."
)
_PRICE = (
    "False matches of a million unrelated uploads against a list of {size} hashes, with 95 % "
    "interval; \\* by the fitted tail, for no pairs were counted so near, or too few."
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_text(joined: Joined) -> str:
    """One line for each system, attack, strength and threshold, under a line of names.

    Shares have four decimals; what there is no number for is empty.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(FIELDS)
    for column in joined.columns:
        for attack, strength in joined.run.settings:
            writer.writerows(_rows(column, attack, strength))
    return out.getvalue()


def false_matches_text(joined: Joined) -> str:
    """What each threshold of each system costs, one line each under a line of names.

    listed: references that uploads were compared with. Shares have seven digits; expected numbers
    three, and are empty where nothing can be said.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(FALSE_MATCH_FIELDS)
    for column in joined.columns:
        for one in column.score.false_matches:
            writer.writerow(_cost(joined, column, one))
    return out.getvalue()


def markdown_text(joined: Joined) -> str:
    """Recall of each attack at its typical strength, and false matches, as two tables."""
    names = [markdown_cell(column.score.name) for column in joined.columns]
    lines = [
        _RECALL,
        "",
        markdown_line(["attack", *names]),
        markdown_line(["---", *("---:" for _ in names)]),
        markdown_line(
            ["max. distance", *(words.at(one.first, one.record) for one in joined.columns)]
        ),
    ]
    for attack in joined.run.attacks:
        label = f"{attack.name}, {attack.label(attack.typical)}"
        rates = [column.recall(attack, attack.typical, 0) for column in joined.columns]
        lines.append(
            markdown_line(
                [
                    markdown_cell(label),
                    *(f"{words.percent(r)} ({words.interval(r)})" for r in rates),
                ]
            )
        )
    return "\n".join([*lines, "", *_false_matches(joined)]) + "\n"


def _rows(column: Column, attack: AttackRecord, strength: float) -> Iterator[list[str]]:
    setting = column.settings[attack.name, strength]
    for threshold, rate in zip(column.score.thresholds, setting.recall, strict=True):
        yield [
            _text(column.score.name),
            _text(attack.family),
            _text(attack.name),
            _number(strength),
            _text(attack.label(strength)),
            _text(threshold.name),
            _number(threshold.max_distance),
            str(rate.count),
            str(rate.n),
            f"{rate.value:.4f}",
            f"{rate.low:.4f}",
            f"{rate.high:.4f}",
            *_reasons(setting),
            _number(median(setting)),
        ]


def _cost(joined: Joined, column: Column, one: FalseMatches) -> list[str]:
    expected = (one.per_million, one.per_million_low, one.per_million_high)
    return [
        _text(column.score.name),
        _text(one.threshold),
        _number(one.max_distance),
        str(column.score.listed),
        str(one.uploads.n),
        str(one.uploads.count),
        f"{one.uploads.low:.7f}",
        f"{one.uploads.high:.7f}",
        str(one.pairs.n),
        str(one.pairs.count),
        f"{one.pairs.low:.3g}",
        f"{one.pairs.high:.3g}",
        str(joined.scores.list_size),
        *("" if number is None else f"{number:.3g}" for number in expected),
        "yes" if one.extrapolated else "no",
    ]


def _reasons(setting: SettingScore) -> list[str]:
    own = (Reason.UNDECODABLE, Reason.LOW_QUALITY, Reason.CRASHED)
    failed = sum(
        number for text, number in setting.reasons.items() if text.startswith("reference ")
    )
    return [*(str(setting.reasons.get(one.text, 0)) for one in own), str(failed)]


def median(setting: SettingScore) -> float | None:
    """Of the distances of copies to their references; None if it is one that is missing."""
    return setting.quartiles[len(setting.quartiles) // 2] if setting.quartiles else None


def _false_matches(joined: Joined) -> list[str]:
    size = words.large(joined.scores.list_size)
    lines = [
        _PRICE.format(size=size),
        "",
        markdown_line(
            ["system", "threshold", "max. distance", "unrelated pairs", "per million uploads"]
        ),
        markdown_line(["---", "---", "---:", "---:", "---:"]),
    ]
    for column in joined.columns:
        names = {column.score.thresholds[number].name for number in column.told()}
        lines += [
            markdown_line(
                [
                    markdown_cell(column.score.name),
                    markdown_cell(one.threshold),
                    words.distance(one.max_distance, column.record),
                    words.count_of(one.pairs),
                    words.per_million(one),
                ]
            )
            for one in column.score.false_matches
            if one.threshold in names
        ]
    return lines


def markdown_line(cells: Sequence[str]) -> str:
    """A row of a table in Markdown."""
    return f"| {' | '.join(cells)} |"


def markdown_cell(text: str) -> str:
    """A name as it may stand in Markdown: neither a table, nor markup, nor a link."""
    return "".join(f"\\{one}" if one in r"\`*_{}[]()<>#+!|~&" else one for one in shown(text))


def _text(text: str) -> str:
    """A text as it may stand in a table: no spreadsheet takes it for a formula."""
    text = shown(text)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _number(value: float | None) -> str:
    """At most four decimals; empty for nothing."""
    if value is None:
        return ""
    return f"{value:.4f}".rstrip("0").rstrip(".")
