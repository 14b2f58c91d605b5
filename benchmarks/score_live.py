"""What the live folder's benchmarks found, as sections of the page. Judges; measures nothing."""

from __future__ import annotations

from typing import Any

from benchmarks.common import Spread
from benchmarks.tables import Page

MAX_OPEN = 0.2  # seconds to open 10 million, not verified
MAX_SEEN = 1.0  # seconds until a change is seen by another process
MAX_PAUSE = 0.05  # seconds of the longest search while a folder is compacted

_PHASES = {
    "before": "nothing else",
    "apply": "a change of {batch:,} new entries and as many withdrawn, by its own process",
    "compact": "compaction by its own process, in the background",
    "compact elsewhere": "compaction by another process",
    "stranger": "a process that only sorts numbers, as long and as nice as that",
}


def live_section(page: Page, result: dict[str, Any] | None) -> None:
    """Opening, shared memory, changes seen, pauses."""
    if not page.section("A live folder under way", result) or result is None:
        return
    opened = Spread.of([1000 * one for one in result["open_s"]])
    per_hash = result["index_bytes"] / result["codes"]
    page.say(
        f"{result['codes']:,} random hashes, made into a folder in {result['create_s']:.0f} s; "
        f"codes and tables take {per_hash:.0f} bytes a hash. Opening takes "
        f"{opened.median:.1f} ms (longest of {opened.n}: {opened.most:.1f}; at most "
        f"{1000 * MAX_OPEN:.0f}: {page.judged(opened.most < 1000 * MAX_OPEN)}), with all digests "
        f"verified {result['verify_s']:.1f} s."
    )
    _memory(page, result["readers"])
    _seen(page, result["toggles"])
    _pauses(page, result["pauses"])


def _memory(page: Page, readers: list[dict[str, int]]) -> None:
    page.say(
        f"Memory of {len(readers)} processes that have the folder open and searched all over it:"
    )
    page.table(
        ["process", "resident, MB", "proportional, MB", "of that, mapped files, MB"],
        [
            [number, *(f"{one[name] / 1e6:.0f}" for name in ("rss", "pss", "pss_file"))]
            for number, one in enumerate(readers, start=1)
        ],
    )
    total = sum(one["pss"] for one in readers)
    alone = sum(one["rss"] for one in readers)
    page.say(
        f"Together {total / 1e6:.0f} MB; without sharing it would be {alone / 1e6:.0f} MB. (A page "
        "that four processes share counts as a quarter for each in the proportional set size.)"
    )


def _seen(page: Page, toggles: list[dict[str, Any]]) -> None:
    page.say(
        "Seconds from the acknowledgement of a change until another process, two threads of "
        "which search without a pause, finds or no longer finds the entry:"
    )
    rows = []
    for change in ("add", "withdraw"):
        found = Spread.of([t["from_acknowledgement"] for t in toggles if t["change"] == change])
        met = page.judged(found.most < MAX_SEEN)
        rows.append([change, found.n, f"{found.median:.3f}", f"{found.most:.3f}", MAX_SEEN, met])
    page.table(["change", "n", "median", "longest", "at most", ""], rows)


def _pauses(page: Page, pauses: dict[str, Any]) -> None:
    page.say("Searches of two threads on two cores without a pause, 31 bits, one probe, ms:")
    rows = []
    for name, told in _PHASES.items():
        found = pauses[name]
        longest = found["longest_s"][0]
        judged = page.judged(longest < MAX_PAUSE) if name.startswith("compact") else ""
        seconds = f"{found['seconds']:.1f}" if "seconds" in found else ""
        rows.append(
            [
                told.format(batch=pauses["batch"]),
                seconds,
                f"{found['searches']:,}",
                *(f"{1000 * found[key]:.2f}" for key in ("median_s", "p999_s")),
                f"{1000 * longest:.1f}",
                judged,
            ]
        )
    page.table(
        ["meanwhile", "it took, s", "searches", "median", "99.9 % below", "longest", "under 50"],
        rows,
    )


def crash_section(page: Page, result: dict[str, Any] | None) -> None:
    """Rounds of kill -9."""
    if not page.section("Killed at any moment", result) or result is None:
        return
    counts, faults = result["counts"], result["faults"]
    whole, absent = (counts.get(f"begun and {one}", 0) for one in ("present", "absent"))
    page.say(
        f"{counts['rounds']:,} rounds of seed {result['seed']}: {counts['killed']:,} processes "
        "killed while they added, withdrew and compacted, most with a thread that does nothing "
        f"but compact; {counts['acknowledged']:,} changes acknowledged, {counts['compacted']:,} "
        f"compactions ended. Of {whole + absent:,} changes that were under way when their "
        f"process was killed, {whole:,} were there as a whole and {absent:,} not at all. "
        "Acknowledged and lost, withdrawn and back, or there in part: "
        f"{len(faults)} (none allowed): {page.judged(not faults)}."
    )
